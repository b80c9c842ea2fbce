"""The texts of `verify_core.messages` in further languages, by key."""

from __future__ import annotations

from .errors import PhoneReason, TokenReason


def _of(
    phone: dict[str, str], reference: str, others: dict[str, str]
) -> dict[str, str]:
    return {
        **{f"error.phone.{reason}": phone[reason] for reason in PhoneReason},
        **{f"error.reference.{reason}": reference for reason in TokenReason},
        **others,
    }


_GERMAN = _of(
    {
        "empty": "Geben Sie eine Telefonnummer ein.",
        "no_digits": "Eine Telefonnummer hat Ziffern; hier stehen keine.",
        "unexpected_character": (
            "Hier steht ein Zeichen, das nicht in eine Telefonnummer gehört. Erlaubt"
            " sind Ziffern, Leerzeichen, Striche, Punkte und Klammern und davor ein"
            " Plus."
        ),
        "letters": "Schreiben Sie die Telefonnummer in Ziffern, ohne Buchstaben.",
        "extension": (
            "An eine Durchwahl kann kein Code gesendet werden. Geben Sie die Nummer"
            " ohne Durchwahl ein."
        ),
        "several_numbers": (
            "Geben Sie nur eine Telefonnummer ein, mit höchstens einem Pluszeichen."
        ),
        "decimal": (
            "Das sieht nach einer Zahl aus einer Tabelle aus, in der Ziffern fehlen"
            " können. Geben Sie die Telefonnummer ohne Nachkommastellen ein."
        ),
        "too_long": "Das ist zu lang für eine Telefonnummer.",
        "missing_country_code": (
            "Geben Sie die Telefonnummer mit Pluszeichen und Landesvorwahl ein, zum"
            " Beispiel +1 555 323 1234."
        ),
        "unknown_country_code": ("Diese Nummer beginnt mit der Vorwahl keines Landes."),
        "impossible_length": (
            "Diese Telefonnummer hat zu wenige oder zu viele Ziffern für ihr Land."
        ),
        "ambiguous": (
            "Das könnte eine Nummer aus mehr als einem Land sein. Schreiben Sie sie"
            " mit Pluszeichen und Landesvorwahl."
        ),
        "not_allowed_calling_code": (
            "An diese Landesvorwahl können keine Codes gesendet werden."
        ),
        "not_allowed_region": "In dieses Land können keine Codes gesendet werden.",
        "not_allowed_number_type": (
            "An Nummern dieser Art können keine Codes gesendet werden."
        ),
        "not_canonical": (
            "Diese Telefonnummer ist unklar geschrieben. Schreiben Sie die"
            " Landesvorwahl, dann die Nummer ohne führende Nullen."
        ),
        "not_valid": ("Diese Telefonnummer gibt es nicht. Prüfen Sie die Ziffern."),
    },
    "Dieses Formular gilt nicht mehr. Beginnen Sie von vorn.",
    {
        "sender.ask.phone": (
            "Geben Sie Ihre Telefonnummer mit Landesvorwahl ein, zum Beispiel"
            " +1 555 323 1234."
        ),
        "sender.empty.phone": "Geben Sie zuerst eine Telefonnummer ein.",
        "sender.prompt.phone": "Telefonnummer",
        "sender.ask.email": "Geben Sie Ihre E-Mail-Adresse ein.",
        "sender.empty.email": "Geben Sie zuerst eine E-Mail-Adresse ein.",
        "sender.prompt.email": "E-Mail-Adresse",
        "collector.ask": "Geben Sie den Code ein, den wir Ihnen gesendet haben.",
        "collector.maybe_sent": (
            "Wir wissen nicht sicher, ob Ihre Nachricht gesendet wurde. Kommt kein Code"
            " an, fordern Sie ihn noch einmal an."
        ),
        "collector.prompt": "Code",
        "error.identifier.missing": (
            "Es gibt keine Nummer oder Adresse, an die ein Code gesendet werden kann."
        ),
        "error.identifier.invalid_email": (
            "Das ist keine E-Mail-Adresse. Sie sieht aus wie name@example.org."
        ),
        "error.identifier.no_person": (
            "Es gibt keine Nummer oder Adresse, an die ein Code gesendet werden kann."
        ),
        "error.identifier.not_mobile": (
            "Das ist nicht die Nummer eines Mobiltelefons."
        ),
        "error.identifier.line_unknown": (
            "Wir wissen nicht, ob das die Nummer eines Mobiltelefons ist."
        ),
        "error.identifier.other": (
            "Das kann nicht verwendet werden. Versuchen Sie es mit etwas anderem."
        ),
        "error.channel.unknown": "Auf diesem Weg kann kein Code gesendet werden.",
        "error.channel.mismatch": (
            "An diese Adresse kann auf diesem Weg kein Code gesendet werden."
        ),
        "error.code.empty": "Geben Sie zuerst den Code ein.",
        "error.code.not_a_code": (
            "Das ist kein Code. Geben Sie nur den Code selbst ein."
        ),
        "error.code.no_reference": (
            "Es wurde noch kein Code gesendet. Beginnen Sie von vorn."
        ),
        "error.provider.invalid_identifier": (
            "An diese Nummer oder Adresse kann kein Code gesendet werden. Versuchen Sie"
            " es mit einer anderen."
        ),
        "error.provider.refused": "Hierhin kann kein Code gesendet werden.",
        "error.provider.too_soon": (
            "Es wurden zu viele Codes angefordert. Warten Sie ein paar Minuten."
        ),
        "error.provider.throttled": (
            "Zurzeit gibt es zu viele Anfragen. Versuchen Sie es bald noch einmal."
        ),
        "error.provider.misconfigured": "Zurzeit können keine Codes gesendet werden.",
        "error.provider.unavailable": (
            "Jetzt können keine Codes gesendet werden. Versuchen Sie es später noch"
            " einmal."
        ),
        "error.provider.unsupported_channel": (
            "Codes können hier nicht auf diesem Weg gesendet werden."
        ),
        "error.provider.not_supported": "Das ist hier nicht möglich.",
        "error.provider.ambiguous": (
            "Wir wissen nicht, ob das gelungen ist. Kommt kein Code an, fordern Sie"
            " einen neuen an."
        ),
        "error.provider.unexpected": (
            "Etwas Unerwartetes ist geschehen. Beginnen Sie von vorn."
        ),
        "error.verdict.wrong_code": (
            "Dieser Code ist nicht richtig. Versuchen Sie es noch einmal."
        ),
        "error.verdict.exhausted": (
            "Zu viele falsche Codes. Fordern Sie später einen neuen an."
        ),
        "error.verdict.expired": (
            "Dieser Code ist abgelaufen. Fordern Sie einen neuen an."
        ),
        "error.verdict.gone": (
            "Dieser Code gilt nicht mehr. Fordern Sie einen neuen an."
        ),
        "error.verdict.not_checkable": "Zurzeit kann kein Code geprüft werden.",
        "error.setting.invalid": "Zurzeit können keine Codes gesendet werden.",
    },
)

_FRENCH = _of(
    {
        "empty": "Saisissez un numéro de téléphone.",
        "no_digits": "Un numéro de téléphone a des chiffres ; il n'y en a pas ici.",
        "unexpected_character": (
            "Un caractère n'a pas sa place dans un numéro de téléphone. Utilisez des"
            " chiffres, espaces, tirets, points et parenthèses, avec un seul plus"
            " devant."
        ),
        "letters": "Écrivez le numéro de téléphone en chiffres, sans lettres.",
        "extension": (
            "Un code ne peut pas être envoyé à un poste interne. Saisissez le numéro"
            " sans le poste."
        ),
        "several_numbers": (
            "Saisissez un seul numéro de téléphone, avec au plus un signe plus."
        ),
        "decimal": (
            "Cela ressemble à un nombre issu d'un tableur, qui a pu perdre des"
            " chiffres. Saisissez le numéro de téléphone sans décimales."
        ),
        "too_long": "C'est trop long pour un numéro de téléphone.",
        "missing_country_code": (
            "Saisissez le numéro de téléphone avec un signe plus et l'indicatif du"
            " pays, par exemple +1 555 323 1234."
        ),
        "unknown_country_code": (
            "Ce numéro commence par un indicatif qui n'est celui d'aucun pays."
        ),
        "impossible_length": (
            "Ce numéro de téléphone a trop ou trop peu de chiffres pour son pays."
        ),
        "ambiguous": (
            "Ce numéro pourrait être celui de plusieurs pays. Écrivez-le avec un signe"
            " plus et l'indicatif du pays."
        ),
        "not_allowed_calling_code": (
            "Les codes ne peuvent pas être envoyés vers cet indicatif."
        ),
        "not_allowed_region": ("Les codes ne peuvent pas être envoyés vers ce pays."),
        "not_allowed_number_type": (
            "Les codes ne peuvent pas être envoyés à ce type de numéro."
        ),
        "not_canonical": (
            "Ce numéro de téléphone n'est pas écrit clairement. Écrivez l'indicatif du"
            " pays, puis le numéro sans zéros devant."
        ),
        "not_valid": ("Ce numéro de téléphone n'existe pas. Vérifiez ses chiffres."),
    },
    "Ce formulaire n'est plus valable. Recommencez.",
    {
        "sender.ask.phone": (
            "Saisissez votre numéro de téléphone avec l'indicatif du pays, par exemple"
            " +1 555 323 1234."
        ),
        "sender.empty.phone": "Saisissez d'abord un numéro de téléphone.",
        "sender.prompt.phone": "Numéro de téléphone",
        "sender.ask.email": "Saisissez votre adresse e-mail.",
        "sender.empty.email": "Saisissez d'abord une adresse e-mail.",
        "sender.prompt.email": "Adresse e-mail",
        "collector.ask": "Saisissez le code que nous vous avons envoyé.",
        "collector.maybe_sent": (
            "Nous n'avons pas pu confirmer l'envoi de votre message. Si aucun code"
            " n'arrive, demandez-le à nouveau."
        ),
        "collector.prompt": "Code",
        "error.identifier.missing": (
            "Il n'y a ni numéro ni adresse où envoyer un code."
        ),
        "error.identifier.invalid_email": (
            "Ce n'est pas une adresse e-mail. Elle ressemble à name@example.org."
        ),
        "error.identifier.no_person": (
            "Il n'y a ni numéro ni adresse où envoyer un code."
        ),
        "error.identifier.not_mobile": (
            "Ce n'est pas le numéro d'un téléphone mobile."
        ),
        "error.identifier.line_unknown": (
            "Nous ne savons pas si c'est le numéro d'un téléphone mobile."
        ),
        "error.identifier.other": "Cela ne peut pas être utilisé. Essayez autre chose.",
        "error.channel.unknown": "Ce mode d'envoi d'un code n'existe pas.",
        "error.channel.mismatch": (
            "Un code ne peut pas être envoyé à cette adresse de cette manière."
        ),
        "error.code.empty": "Saisissez d'abord le code.",
        "error.code.not_a_code": (
            "Ce n'est pas un code. Saisissez seulement le code lui-même."
        ),
        "error.code.no_reference": "Aucun code n'a encore été envoyé. Recommencez.",
        "error.provider.invalid_identifier": (
            "Aucun code ne peut être envoyé à ce numéro ou à cette adresse. Essayez-en"
            " un autre."
        ),
        "error.provider.refused": "Aucun code ne peut être envoyé ici.",
        "error.provider.too_soon": (
            "Trop de codes ont été demandés. Attendez quelques minutes."
        ),
        "error.provider.throttled": (
            "Trop de demandes en ce moment. Réessayez bientôt."
        ),
        "error.provider.misconfigured": (
            "Les codes ne peuvent pas être envoyés en ce moment."
        ),
        "error.provider.unavailable": (
            "Aucun code ne peut être envoyé maintenant. Réessayez plus tard."
        ),
        "error.provider.unsupported_channel": (
            "Les codes ne peuvent pas être envoyés de cette manière ici."
        ),
        "error.provider.not_supported": "Ce n'est pas possible ici.",
        "error.provider.ambiguous": (
            "Nous ne savons pas si cela a réussi. Si aucun code n'arrive, demandez-en"
            " un nouveau."
        ),
        "error.provider.unexpected": (
            "Quelque chose d'inattendu s'est produit. Recommencez."
        ),
        "error.verdict.wrong_code": "Ce code n'est pas le bon. Réessayez.",
        "error.verdict.exhausted": (
            "Trop de codes erronés. Demandez-en un nouveau plus tard."
        ),
        "error.verdict.expired": "Ce code a expiré. Demandez-en un nouveau.",
        "error.verdict.gone": "Ce code n'est plus valable. Demandez-en un nouveau.",
        "error.verdict.not_checkable": (
            "Aucun code ne peut être vérifié en ce moment."
        ),
        "error.setting.invalid": "Les codes ne peuvent pas être envoyés en ce moment.",
    },
)

_SPANISH = _of(
    {
        "empty": "Escribe un número de teléfono.",
        "no_digits": "Un número de teléfono tiene cifras; aquí no hay ninguna.",
        "unexpected_character": (
            "Hay un carácter que no corresponde a un número de teléfono. Usa cifras,"
            " espacios, guiones, puntos y paréntesis, con un solo signo más delante."
        ),
        "letters": "Escribe el número de teléfono con cifras, sin letras.",
        "extension": (
            "No se puede enviar un código a una extensión. Escribe el número sin ella."
        ),
        "several_numbers": (
            "Escribe un solo número de teléfono, con un signo más como máximo."
        ),
        "decimal": (
            "Esto parece un número de una hoja de cálculo, que puede haber perdido"
            " cifras. Escribe el número de teléfono sin decimales."
        ),
        "too_long": "Esto es demasiado largo para ser un número de teléfono.",
        "missing_country_code": (
            "Escribe el número de teléfono con un signo más y el prefijo de su país,"
            " por ejemplo +1 555 323 1234."
        ),
        "unknown_country_code": (
            "Este número empieza con un prefijo que no es de ningún país."
        ),
        "impossible_length": (
            "Este número de teléfono tiene demasiadas o muy pocas cifras para su país."
        ),
        "ambiguous": (
            "Este número podría ser de más de un país. Escríbelo con un signo más y el"
            " prefijo de su país."
        ),
        "not_allowed_calling_code": (
            "No se pueden enviar códigos a este prefijo de país."
        ),
        "not_allowed_region": "No se pueden enviar códigos a este país.",
        "not_allowed_number_type": (
            "No se pueden enviar códigos a este tipo de número."
        ),
        "not_canonical": (
            "Este número de teléfono no está escrito con claridad. Escribe el prefijo"
            " del país y después el número sin ceros delante."
        ),
        "not_valid": "Este número de teléfono no existe. Comprueba sus cifras.",
    },
    "Este formulario ya no es válido. Empieza de nuevo.",
    {
        "sender.ask.phone": (
            "Escribe tu número de teléfono con el prefijo del país, por ejemplo"
            " +1 555 323 1234."
        ),
        "sender.empty.phone": "Escribe primero un número de teléfono.",
        "sender.prompt.phone": "Número de teléfono",
        "sender.ask.email": "Escribe tu correo electrónico.",
        "sender.empty.email": "Escribe primero un correo electrónico.",
        "sender.prompt.email": "Correo electrónico",
        "collector.ask": "Escribe el código que te hemos enviado.",
        "collector.maybe_sent": (
            "No hemos podido confirmar que tu mensaje se haya enviado. Si no llega"
            " ningún código, pídelo otra vez."
        ),
        "collector.prompt": "Código",
        "error.identifier.missing": (
            "No hay ningún número ni dirección a los que enviar un código."
        ),
        "error.identifier.invalid_email": (
            "Esto no es un correo electrónico. Es parecido a name@example.org."
        ),
        "error.identifier.no_person": (
            "No hay ningún número ni dirección a los que enviar un código."
        ),
        "error.identifier.not_mobile": "Este no es el número de un teléfono móvil.",
        "error.identifier.line_unknown": (
            "No sabemos si este es el número de un teléfono móvil."
        ),
        "error.identifier.other": "Esto no se puede usar. Prueba con otra cosa.",
        "error.channel.unknown": "Esta forma de enviar un código no existe.",
        "error.channel.mismatch": (
            "No se puede enviar un código a esta dirección de esta forma."
        ),
        "error.code.empty": "Escribe primero el código.",
        "error.code.not_a_code": "Esto no es un código. Escribe solo el código.",
        "error.code.no_reference": (
            "Todavía no se ha enviado ningún código. Empieza de nuevo."
        ),
        "error.provider.invalid_identifier": (
            "No se puede enviar un código a este número o dirección. Prueba con otro."
        ),
        "error.provider.refused": "Aquí no se puede enviar ningún código.",
        "error.provider.too_soon": (
            "Se han pedido demasiados códigos. Espera unos minutos."
        ),
        "error.provider.throttled": (
            "Hay demasiadas solicitudes en este momento. Inténtalo de nuevo en breve."
        ),
        "error.provider.misconfigured": (
            "En este momento no se pueden enviar códigos."
        ),
        "error.provider.unavailable": (
            "Ahora no se pueden enviar códigos. Inténtalo más tarde."
        ),
        "error.provider.unsupported_channel": (
            "Aquí no se pueden enviar códigos de esta forma."
        ),
        "error.provider.not_supported": "Esto no se puede hacer aquí.",
        "error.provider.ambiguous": (
            "No sabemos si ha funcionado. Si no llega ningún código, pide uno nuevo."
        ),
        "error.provider.unexpected": "Ha ocurrido algo inesperado. Empieza de nuevo.",
        "error.verdict.wrong_code": "Este código no es correcto. Inténtalo de nuevo.",
        "error.verdict.exhausted": (
            "Demasiados códigos incorrectos. Pide uno nuevo más tarde."
        ),
        "error.verdict.expired": "Este código ha caducado. Pide uno nuevo.",
        "error.verdict.gone": "Este código ya no es válido. Pide uno nuevo.",
        "error.verdict.not_checkable": (
            "En este momento no se puede comprobar ningún código."
        ),
        "error.setting.invalid": "En este momento no se pueden enviar códigos.",
    },
)

TRANSLATIONS = {"de": _GERMAN, "es": _SPANISH, "fr": _FRENCH}
