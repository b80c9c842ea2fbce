"""
The texts of a message with a code, by language.

The code comes first, so that a notification shows it, and no link stands in a text.
Spanish, Portuguese, Polish and Turkish are worded without the letters that GSM-7 lacks,
so that a text has 160 characters to itself and not 70 (3GPP TS 23.038).
"""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class MessageWording:
    """
    What one language says; `{code}`, `{brand}` and `{time}` are filled in.

    Attributes:
        text: Of an SMS or a chat message, and a mail's first line.
        spoken: What a call says, with the code twice.
        subject: Of a mail.
        valid: How long the code works, in a mail; empty says nothing of it.
        unasked: What to do who asked for no code, in a mail.
        units: Minutes and hours as written after a number, alike for every number.
    """

    text: str
    spoken: str
    subject: str
    valid: str = ""
    unasked: str = ""
    units: tuple[str, str] = (" min", " h")


CATALOGUE = {
    "en": MessageWording(
        text="{code} is your {brand} code. Do not share it.",
        spoken="Your {brand} code is {code}. Once more: {code}.",
        subject="Your {brand} code",
        valid="Valid for {time}",
        unasked="If you did not ask for it, ignore this message.",
    ),
    "es": MessageWording(
        text="{code} es tu clave de un solo uso de {brand}. No la compartas.",
        spoken="Tu clave de {brand} es {code}. Repito: {code}.",
        subject="Tu clave de un solo uso de {brand}",
        valid="Válida durante {time}",
        unasked="Si no la has pedido, ignora este mensaje.",
    ),
    "fr": MessageWording(
        text="{code} est votre code {brand}. Ne le communiquez à personne.",
        spoken="Votre code {brand} est {code}. Je répète : {code}.",
        subject="Votre code {brand}",
        valid="Valable pendant {time}",
        unasked="Si vous ne l'avez pas demandé, ignorez ce message.",
    ),
    "de": MessageWording(
        text="{code} ist Ihr Code für {brand}. Geben Sie ihn nicht weiter.",
        spoken="Ihr Code für {brand} lautet {code}. Noch einmal: {code}.",
        subject="Ihr Code für {brand}",
        valid="Gültig für {time}",
        unasked="Falls Sie keinen angefordert haben, ignorieren Sie diese Nachricht.",
        units=(" Min.", " Std."),
    ),
    "pt": MessageWording(
        text="{code} é o seu PIN para {brand}. Nunca o revele a outras pessoas.",
        spoken="O seu PIN para {brand} é {code}. Repito: {code}.",
        subject="O seu PIN para {brand}",
        valid="Válido por {time}",
        unasked="Se não o pediu, ignore esta mensagem.",
    ),
    "it": MessageWording(
        text="{code} è il tuo codice {brand}. Non condividerlo con nessuno.",
        spoken="Il tuo codice {brand} è {code}. Ripeto: {code}.",
        subject="Il tuo codice {brand}",
        valid="Valido per {time}",
        unasked="Se non lo hai richiesto, ignora questo messaggio.",
    ),
    "nl": MessageWording(
        text="{code} is je code voor {brand}. Deel deze code met niemand.",
        spoken="Je code voor {brand} is {code}. Nogmaals: {code}.",
        subject="Je code voor {brand}",
        valid="Geldig: {time}",
        unasked="Heb je hier niet om gevraagd? Negeer dit bericht dan.",
        units=(" min", " uur"),
    ),
    "pl": MessageWording(
        text="{code} to kod {brand}. Nie podawaj go nikomu.",
        spoken="Twój kod {brand} to {code}. Powtarzam: {code}.",
        subject="Kod {brand}",
        valid="Ważny przez {time}",
        unasked="Jeśli to nie Ty prosisz o kod, zignoruj tę wiadomość.",
        units=(" min", " godz."),
    ),
    "ru": MessageWording(
        text="{code} — код {brand}. Никому не сообщайте.",
        spoken="Ваш код {brand}: {code}. Повторяю: {code}.",
        subject="Код {brand}",
        valid="Действует {time}",
        unasked="Если вы не запрашивали код, не обращайте внимания на это сообщение.",
        units=(" мин", " ч"),
    ),
    "uk": MessageWording(
        text="{code} — код {brand}. Нікому не кажіть.",
        spoken="Ваш код {brand}: {code}. Повторюю: {code}.",
        subject="Код {brand}",
        valid="Діє {time}",
        unasked="Якщо ви не запитували код, не зважайте на це повідомлення.",
        units=(" хв", " год"),
    ),
    "tr": MessageWording(
        text="{code}: {brand} kodunuz. Kimseye vermeyin.",
        spoken="{brand} kodunuz: {code}. Tekrar ediyorum: {code}.",
        subject="{brand} kodunuz",
        valid="Geçerlilik süresi: {time}",
        unasked="Bu kodu siz istemediyseniz bu mesajı dikkate almayın.",
        units=(" dk", " sa"),
    ),
    "ar": MessageWording(
        text="{code} هو رمز {brand}. لا تشاركه مع أحد.",
        spoken="رمز {brand} هو {code}. مرة أخرى: {code}.",
        subject="رمز {brand}",
        valid="صالح لمدة {time}",
        unasked="إذا لم تطلبه، فتجاهل هذه الرسالة.",
        units=(" د", " س"),
    ),
    "he": MessageWording(
        text="{code} הוא קוד {brand}. אין לשתף אותו.",
        spoken="הקוד שלך עבור {brand} הוא {code}. שוב: {code}.",
        subject="קוד {brand}",
        valid="בתוקף למשך {time}",
        unasked="אם לא ביקשת אותו, אפשר להתעלם מההודעה.",
        units=(" דק'", " שע'"),
    ),
    "hi": MessageWording(
        text="{code}: आपका {brand} कोड। किसी को न बताएं।",
        spoken="आपका {brand} कोड है: {code}। फिर से: {code}।",
        subject="आपका {brand} कोड",
        valid="{time} तक मान्य",
        unasked="अगर आपने यह कोड नहीं मांगा है, तो इस संदेश को अनदेखा करें।",
        units=(" मिनट", " घंटे"),
    ),
    "ja": MessageWording(
        text="{code} は{brand}の認証コードです。他人に教えないでください。",
        spoken="{brand}の認証コードは、{code}、です。もう一度、{code}、です。",
        subject="{brand}の認証コード",
        valid="有効期間: {time}",
        unasked="心当たりがない場合は、このメッセージを無視してください。",
        units=("分", "時間"),
    ),
    "ko": MessageWording(
        text="{code}: {brand} 인증번호입니다. 타인에게 알리지 마세요.",
        spoken="{brand} 인증번호는 {code} 입니다. 다시 한번, {code} 입니다.",
        subject="{brand} 인증번호",
        valid="유효 시간: {time}",
        unasked="요청하지 않으셨다면 이 메시지를 무시하세요.",
        units=("분", "시간"),
    ),
    "zh": MessageWording(
        text="{code} 是您的{brand}验证码，请勿告诉他人。",
        spoken="您的{brand}验证码是：{code}。重复一遍：{code}。",
        subject="{brand}验证码",
        valid="{time}内有效",
        unasked="如非本人操作，请忽略此消息。",
        units=("分钟", "小时"),
    ),
    "zh-Hant": MessageWording(
        text="{code} 是您的{brand}驗證碼，請勿告訴他人。",
        spoken="您的{brand}驗證碼是：{code}。重複一次：{code}。",
        subject="{brand}驗證碼",
        valid="{time}內有效",
        unasked="若非本人操作，請忽略此訊息。",
        units=("分鐘", "小時"),
    ),
}
"""Simplified Chinese is `zh`; Taiwan, Hong Kong and Macau read `zh-Hant`."""

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left, those of an application's own texts too."""
