"""What people may write into names, texts and addresses does nothing on the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.inbox.looking import Page
from tests.support.served import Account, running
from verify_fakes.server.twilio._settings import TwilioSettings

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"
EMAIL = "ada@example.com"
HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<svg/onload=window.hit=1>",
    '"><iframe srcdoc="<script>parent.hit=1</script>">',
    "<style>* { display: none !important }</style>",
    '" onmouseover="window.hit=1" style="position:fixed',
    "<a href='javascript:window.hit=1'>x</a>",
    "</p></template></body><base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "{{7*7}}${7*7}",
]
FOREIGN = (
    "script:not([src^='/_inbox/']), style, base, [onerror], [onload], [onmouseover]"
)


def test_hostile_names_are_text(page: Page, account: Account) -> None:
    for hostile in HOSTILE:
        created = account.twilio("POST", "/v2/Services", FriendlyName="My app")
        account.service = created.json()["sid"]
        for to, channel in ((NUMBER, "sms"), (NUMBER, "call"), (EMAIL, "email")):
            sent = account.start(to, channel, CustomFriendlyName=hostile[:30])
            assert sent.status_code == 201, sent.text
    account.start("+442071838750", "whatsapp")
    page.screen(1000, 20_000)  # so that all of them are in the document
    page.open()
    page.until(lambda: len(page.all(".card")) == 2 * len(HOSTILE) + 1)

    assert_harmless(page)
    shown = "\n".join(page.texts(".card [data-body]"))
    for hostile in HOSTILE:
        assert hostile[:30] in shown


def test_hostile_templates_and_substitutions_are_text(
    page: Page, account: Account
) -> None:
    for number, hostile in enumerate(HOSTILE):
        template = account.door(
            "POST",
            "/templates",
            {
                "friendly_name": f"hostile {number}",
                "texts": hostile + " {{code}} {{name}}",
                "channels": ["sms", "voice"],
            },
        )
        for channel in ("sms", "call"):
            sent = account.start(
                f"+155532312{number:02}",
                channel,
                TemplateSid=template["sid"],
                TemplateCustomSubstitutions='{"name": "<b onclick=1>name</b>"}',
            )
            assert sent.status_code == 201, sent.text
    page.screen(1000, 20_000)
    page.open()
    page.until(lambda: len(page.all(".card")) == len(HOSTILE))

    assert_harmless(page)
    shown = "\n".join(page.texts(".card [data-body]"))
    assert HOSTILE[0] in shown
    assert "<b onclick=1>name</b>" in shown


def test_hostile_requests_are_text(page: Page, account: Account) -> None:
    for hostile in HOSTILE:
        account.start(hostile, hostile, **{"CustomMessage": hostile, hostile: hostile})
        account.twilio("GET", f"/v2/Services/{hostile.replace('/', '')}")
    page.open("/requests")
    page.until(lambda: len(page.all(".row")) == 2 * len(HOSTILE))
    page.js(
        "document.querySelectorAll('details').forEach(each => { each.open = true })"
    )

    assert_harmless(page)
    assert HOSTILE[0] in "\n".join(page.texts(".row [data-form]"))


def assert_harmless(page: Page) -> None:
    """Nothing ran, nothing foreign became an element, here and in the mail's frame."""
    own = page.js(
        "return [...document.scripts].map((each) => each.getAttribute('src'))"
    )
    assert all(each.startswith("/_inbox/") for each in own)
    assert page.js("return window.hit ?? null") is None
    assert page.all(FOREIGN) == []
    assert page.all("[href^='javascript:'], :not(ol, li)[style]") == []
    assert page.find("#main").is_displayed()
    for frame in page.all("iframe"):
        assert frame.get_attribute("sandbox") == ""
        page.window.switch_to.frame(frame)
        strangers = page.all("body *:not(p), head *:not(link), [style], [href^=java]")
        assert strangers == []
        page.window.switch_to.default_content()


def test_pages_forbid_scripts_and_frames_of_others(url: str, account: Account) -> None:
    for path in ("/", "/requests", "/deliveries", "/_inbox/worker.js"):
        headers = account.session.get(url + path, timeout=5).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_request_leaves_the_machine(page: Page, account: Account) -> None:
    account.start(EMAIL, "email")
    account.start(NUMBER, "whatsapp")
    page.asked_for()  # by tests before

    page.open()
    page.until(lambda: len(page.all(".card")) == 2)
    page.open("/requests")
    page.until(lambda: page.all(".row"))

    asked = [urlsplit(each) for each in page.asked_for()]
    assert len(asked) > 10
    ours = urlsplit(account.url).netloc
    outside = [
        each.geturl()
        for each in asked
        if each.netloc != ours and each.scheme not in {"about", "data", "chrome"}
    ]
    assert outside == []


def test_other_accounts_messages_are_filtered_out(
    page: Page, account: Account, url: str
) -> None:
    stranger = Account(url)
    page.open()

    stranger.start("+442071838750")
    account.start(NUMBER)
    stranger.session.close()

    page.shows(".card [data-to]", "+15*******34")


def test_asks_for_the_token_of_a_guarded_server(page: Page) -> None:
    with running(TwilioSettings(side_door_token="open sesame")) as url:
        page.window.get(url)
        page.until(lambda: page.find("#token").is_displayed())
        page.complaints()  # of the 401s, which are as they should be
        assert page.focused.get_attribute("type") == "password"
        page.press("open sesame")
        page.press("\ue007")

        page.is_live()
        page.says("main", "No messages yet")
        page.until(lambda: not page.find("#token").is_displayed())
        page.complaints()
        page.leave()


def test_takes_the_token_of_its_address_and_hides_it_there(page: Page) -> None:
    with running(TwilioSettings(side_door_token="new+token")) as url:
        page.window.get(f"{url}/#token=new%2Btoken")

        page.is_live()
        assert page.window.current_url == f"{url}/"
        page.leave()
