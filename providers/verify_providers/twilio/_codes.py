"""
Twilio's error codes of Verify and Lookup, by what the caller may do next; one table.

Sources, read 2026-11-28: Twilio, "Verify v2 Error Codes", the list of them, whose title
stands beside each; for the commoner codes also their own pages, which are at
https://www.twilio.com/docs/api/errors/ and the code. Beware of copies: several public
code bases swap 60202 (checks used up) and 60203 (sends used up).

A code that is not here says no more than the HTTP status it came with. So do 60609,
60615, 60618, 60620 and 60621 of Lookup, whose pages could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
    VerifyError,
)

MAX_CHECKS_REACHED = 60202
INVALID_PARAMETER = 60200
NOT_FOUND = 20404
GONE = frozenset({NOT_FOUND, 60431, 60623})
"""Not found: approved, expired, canceled or never there; Twilio does not say which."""

INVALID_PARAMETERS: Mapping[str, type[VerifyError]] = {
    "To": InvalidIdentifier,
    "PhoneNumber": InvalidIdentifier,
    "Channel": UnsupportedChannel,
}
"""60200 by the parameter that its message names; every other one is `Misconfigured`."""

ERROR_CODES: Mapping[int, type[VerifyError]] = {
    # Of all products.
    20003: Misconfigured,  # wrong credentials, or the account is suspended
    20008: Misconfigured,  # test credentials; Verify takes none
    20404: Misconfigured,  # at a start: no such service (elsewhere see GONE)
    20429: Throttled,  # the account's concurrency, or a rate limit of the service
    20500: Ambiguous,  # internal server error; a POST may have been obeyed
    20503: Unavailable,  # service unavailable
    21608: Misconfigured,  # trial account, number not on its list
    25109: Throttled,  # request is rate limited: bursts
    # Verify: the number or address.
    60006: InvalidIdentifier,  # invalid phone number, by a downstream provider
    60205: InvalidIdentifier,  # SMS is not supported by landline phone number
    60236: InvalidIdentifier,  # the e-mail address's domain cannot be read
    60436: InvalidIdentifier,  # recipient invalid or not provided
    60540: InvalidIdentifier,  # SNA carrier identified invalid phone number
    # Verify: the channel.
    60008: UnsupportedChannel,  # unsupported carrier; "a channel other than SNA"
    60214: UnsupportedChannel,  # call channel is not supported when using PSD2
    60223: UnsupportedChannel,  # delivery channel disabled in the service
    60227: UnsupportedChannel,  # the selected channel for template is not supported
    60329: UnsupportedChannel,  # SNA is not compatible with PSD2
    60408: UnsupportedChannel,  # TemplateSid is for SMS only
    60428: UnsupportedChannel,  # unsupported channel
    60500: UnsupportedChannel,  # SNA: number mismatch
    60510: UnsupportedChannel,  # SNA error
    60511: UnsupportedChannel,  # SNA error
    60517: UnsupportedChannel,  # SNA: user agent mismatch
    60520: UnsupportedChannel,  # SNA: the URL failed
    60531: UnsupportedChannel,  # SNA: carrier not detected
    60532: UnsupportedChannel,  # SNA: dual SIM
    60533: UnsupportedChannel,  # SNA: carrier header
    60534: UnsupportedChannel,  # SNA: downstream error
    60550: UnsupportedChannel,  # `auto` found no channel
    60602: UnsupportedChannel,  # app hash can only be used with SMS channel
    60734: UnsupportedChannel,  # rich content not supported by messaging provider
    68008: UnsupportedChannel,  # WhatsApp channel not configured
    # Verify: wait.
    60202: TooSoon,  # max check attempts reached: a start waits for the expiry
    60203: TooSoon,  # max send attempts reached
    60212: TooSoon,  # too many concurrent requests for phone number
    60308: TooSoon,  # max challenge attempts reached
    60309: TooSoon,  # max push resends reached
    60310: TooSoon,  # max factor attempts reached
    60312: TooSoon,  # max challenge creation attempts reached
    60326: TooSoon,  # max factor creation attempts reached
    60245: Throttled,  # messaging limits exceeded
    60328: Throttled,  # entities rate limit
    60519: Unavailable,  # SNA: result pending
    # Verify: fraud rules and lists.
    60237: Refused,  # domain on the deny list
    60238: Refused,  # verification creation attempt blocked by Twilio
    60410: Refused,  # Fraud Guard, by prefix, for twelve hours
    60412: Refused,  # fraudulent sign-up prevention
    60413: Refused,  # device intelligence
    60605: Refused,  # blocked by Verify Geo-Permissions
    # Verify: account, service, templates, senders.
    60001: Misconfigured,  # downstream authentication failed
    60201: Misconfigured,  # selected template translation is not approved
    60204: Misconfigured,  # service does not support this feature
    60206: Misconfigured,  # 'Amount' & 'Payee' params are required
    60207: Misconfigured,  # max rate limits per service reached: a limit of settings
    60208: Misconfigured,  # rate limit with that UniqueName already exists
    60209: Misconfigured,  # UniqueName format is invalid
    60210: Misconfigured,  # max buckets per rate limit reached
    60211: Misconfigured,  # bucket with the given interval already exists
    60213: Misconfigured,  # a messaging configuration already exists
    60215: Misconfigured,  # max number of mailers per account reached
    60216: Misconfigured,  # error while encrypting or decrypting the API key
    60217: Misconfigured,  # invalid service configuration: no mailer
    60218: Misconfigured,  # SendGrid template is not active
    60219: Misconfigured,  # SendGrid template lacks required placeholders
    60220: Misconfigured,  # messages to China require use case vetting
    60221: Misconfigured,  # no target verification specified
    60222: Misconfigured,  # SendGrid from address is not a verified sender
    60224: Misconfigured,  # missing substitutions for selected template
    60225: Misconfigured,  # translation already exists for the provided template
    60226: Misconfigured,  # China needs a friendly name
    60228: Misconfigured,  # template was not found
    60229: Misconfigured,  # translation was not found
    60230: Misconfigured,  # brandless version is missing
    60231: Misconfigured,  # sender id already exists
    60232: Misconfigured,  # sender id is missing
    60233: Misconfigured,  # default sender id cannot be deleted
    60234: Misconfigured,  # default sender id cannot be unset
    60235: Misconfigured,  # sender id mismatch
    60239: Misconfigured,  # own templates are not enabled
    60240: Misconfigured,  # templates are not allowed
    60241: Misconfigured,  # static message is required
    60242: Misconfigured,  # WhatsApp template was not found
    60243: Misconfigured,  # custom messages are not supported
    60246: Misconfigured,  # service already exists
    60247: Misconfigured,  # message is too long
    60248: Misconfigured,  # restricted word in the friendly name
    60250: Misconfigured,  # Australia: registration is missing
    60251: Misconfigured,  # templates malformed
    60252: Misconfigured,  # templates are invalid
    60325: Misconfigured,  # warning: translation not found, default used
    60327: Misconfigured,  # warning: channel not supported by template
    60331: Misconfigured,  # locale is not supported by text to speech
    60332: Misconfigured,  # translation cannot be deleted
    60333: Misconfigured,  # notice: brandless template used
    60334: Misconfigured,  # notice: brandless template used
    60335: Misconfigured,  # notice: brandful template used
    60409: Misconfigured,  # custom message matches no template
    60411: Misconfigured,  # phone number already exists in the safe list
    60425: Misconfigured,  # verification SID invalid or not provided
    60426: Misconfigured,  # verification ID invalid or not provided
    60431: Misconfigured,  # at a start: verification not found (elsewhere see GONE)
    60437: Misconfigured,  # verification content type
    60438: Misconfigured,  # verification content type
    60439: Misconfigured,  # verification content type
    60440: Misconfigured,  # unsupported verification content type
    60441: Misconfigured,  # illegal status: "call Twilio support team"
    60603: Misconfigured,  # SendGrid credits exceeded
    60604: Misconfigured,  # SendGrid user not authorised
    # Verify: contacts.
    60420: Misconfigured,  # contact
    60421: Misconfigured,  # unexpected result when creating contact
    60422: Misconfigured,  # contact not found
    60423: Misconfigured,  # multiple contacts were found
    60424: Misconfigured,  # contact address not found
    # Verify: entities, factors, challenges.
    60300: Misconfigured,  # invalid parameter
    60301: Misconfigured,  # entity already exists
    60302: Misconfigured,  # FactorType already exists
    60303: Misconfigured,  # body of an entity batch delete is invalid
    60304: Misconfigured,  # entity already exists
    60305: Misconfigured,  # access token parameters
    60306: Misconfigured,  # invalid request
    60307: Misconfigured,  # cannot resend push to the platform `none`
    60311: Misconfigured,  # factor verification failed
    60313: Misconfigured,  # unauthorized factor creation
    60314: Misconfigured,  # binding format
    60315: Misconfigured,  # max factors reached
    60317: Misconfigured,  # factor already exists
    60318: Misconfigured,  # factor is unverified
    60322: Misconfigured,  # challenge was already responded
    60323: Misconfigured,  # challenge expired
    60324: Misconfigured,  # challenge verification failed
    60330: Misconfigured,  # failed to invoke the webhook
    60390: Misconfigured,  # factor not found
    60391: Misconfigured,  # challenge not found
    60392: Misconfigured,  # entity not found
    60427: Misconfigured,  # factor ID invalid or not provided
    60535: Misconfigured,  # factor is unverified
    # Verify: passkeys, one code for each field that is invalid or not provided.
    60361: Misconfigured,  # account SID
    60362: Misconfigured,  # factor SID
    60363: Misconfigured,  # service SID
    60364: Misconfigured,  # challenge SID
    60365: Misconfigured,  # entity SID
    60366: Misconfigured,  # entity
    60367: Misconfigured,  # identity
    60368: Misconfigured,  # details
    60369: Misconfigured,  # factor type
    60370: Misconfigured,  # config
    60371: Misconfigured,  # relying party
    60372: Misconfigured,  # relying party id
    60373: Misconfigured,  # page size
    60374: Misconfigured,  # page token
    60375: Misconfigured,  # id
    60376: Misconfigured,  # rawId
    60377: Misconfigured,  # attachment
    60378: Misconfigured,  # response
    60379: Misconfigured,  # authenticator data
    60380: Misconfigured,  # client data
    60381: Misconfigured,  # signature
    60382: Misconfigured,  # relying party mismatch
    60383: Misconfigured,  # illegal factor status
    60384: Misconfigured,  # challenge timeout
    60385: Misconfigured,  # public key
    60386: Misconfigured,  # attestation object
    60387: Misconfigured,  # attested credential
    60388: Misconfigured,  # display name
    60393: Misconfigured,  # authenticator criteria are missing from the request
    60432: Misconfigured,  # approval content type
    60433: Misconfigured,  # unsupported passkeys approval content type
    60434: Misconfigured,  # unsupported passkeys verification content type
    60435: Misconfigured,  # verification content type
    # Verify: of Twilio's client SDKs.
    60401: Misconfigured,  # network
    60402: Misconfigured,  # mapper
    60403: Misconfigured,  # storage
    60404: Misconfigured,  # input
    60405: Misconfigured,  # key storage
    60406: Misconfigured,  # initialization
    60407: Misconfigured,  # authentication token
    68001: Misconfigured,  # network
    68002: Misconfigured,  # mapper
    68003: Misconfigured,  # storage
    68004: Misconfigured,  # input
    68005: Misconfigured,  # key storage
    68006: Misconfigured,  # initialization
    68007: Misconfigured,  # authentication token
    # Lookup.
    60600: InvalidIdentifier,  # unprovisioned or out of coverage
    60606: Misconfigured,  # package is not enabled
    60607: InvalidIdentifier,  # unsupported country
    60608: Unavailable,  # lookup provider replied with an error
    60610: InvalidIdentifier,  # invalid phone number
    60611: Throttled,  # package quota reached
    60612: InvalidIdentifier,  # requested phone number not mobile
    60613: Unavailable,  # temporary service degradation with provider
    60614: Misconfigured,  # must be completed in a different Twilio region
    60616: Throttled,  # rate limit exceeded
    60617: Misconfigured,  # not enough request parameters
    60619: Misconfigured,  # cannot be completed in Twilio region
    60622: Misconfigured,  # invalid magic number
    60623: Misconfigured,  # verification not found (elsewhere see GONE)
    60624: Throttled,  # trial rate limit
    60625: InvalidIdentifier,  # the phone number
    60626: TooSoon,  # phone number rate limit exceeded
}
"""What each code means; 60200 is missing on purpose, see `INVALID_PARAMETERS`."""
