// The lines that point an SDK at this server, for who has received nothing yet.
// `@origin@` stands for the server's address, `@host@` and `@port@` for its parts.

const SID = `AC${"a".repeat(32)}`;
const TOKEN = "0123456789abcdef".repeat(2);
const SERVICE = `VA${"b".repeat(32)}`;
const NUMBER = "+15553231234";

const TWILIO = {
  curl: [
    "curl",
    `curl @origin@/v2/Services/${SERVICE}/Verifications \\
  -u ${SID}:${TOKEN} \\
  -d To=%2B15553231234 -d Channel=sms`,
  ],
  python: [
    "Python",
    `from twilio.rest import Client

client = Client("${SID}", "${TOKEN}")
client.verify.base_url = "@origin@"

client.verify.v2.services("${SERVICE}").verifications.create(
    to="${NUMBER}", channel="sms"
)`,
  ],
  node: [
    "Node",
    `const client = require("twilio")("${SID}", "${TOKEN}");
client.verify.baseUrl = "@origin@";

client.verify.v2.services("${SERVICE}").verifications
  .create({ to: "${NUMBER}", channel: "sms" })
  .then((started) => console.log(started.status));`,
  ],
  php: [
    "PHP",
    `class FakeVerify extends Twilio\\Http\\CurlClient {
    public function request(string $method, string $url, ...$more): Twilio\\Http\\Response {
        $url = str_replace("https://verify.twilio.com", "@origin@", $url);
        return parent::request($method, $url, ...$more);
    }
}
$client = new Twilio\\Rest\\Client("${SID}", "${TOKEN}", null, null, new FakeVerify());

$client->verify->v2->services("${SERVICE}")->verifications->create("${NUMBER}", "sms");`,
  ],
  ruby: [
    "Ruby",
    `require "twilio-ruby"

class FakeVerify < Twilio::HTTP::Client
  def request(_host, _port, method, url, *more)
    url = url.sub("https://verify.twilio.com", "@origin@")
    super("@scheme@//@hostname@", @port@, method, url, *more)
  end
end
client = Twilio::REST::Client.new("${SID}", "${TOKEN}", nil, nil, FakeVerify.new)

client.verify.v2.services("${SERVICE}").verifications.create(to: "${NUMBER}", channel: "sms")`,
  ],
  go: [
    "Go",
    `type fakeVerify struct{}

func (fakeVerify) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "@schemename@", "@host@"
	return http.DefaultTransport.RoundTrip(r)
}

base := &client.Client{
	Credentials: client.NewCredentials("${SID}", "${TOKEN}"),
	HTTPClient:  &http.Client{Transport: fakeVerify{}},
}
base.SetAccountSid("${SID}")
twilioClient := twilio.NewRestClientWithParams(twilio.ClientParams{Client: base})

params := &verify.CreateVerificationParams{}
params.SetTo("${NUMBER}")
params.SetChannel("sms")
twilioClient.VerifyV2.CreateVerification("${SERVICE}", params)`,
  ],
  java: [
    "Java",
    `// twilio-java 8 to 10, which send with Apache HttpClient 4.
HttpHost fake = new HttpHost("@hostname@", @port@, "@schemename@");
HttpClientBuilder http = HttpClientBuilder.create()
    .setRoutePlanner((target, request, context) -> new HttpRoute(fake));
TwilioRestClient client = new TwilioRestClient.Builder("${SID}", "${TOKEN}")
    .httpClient(new NetworkHttpClient(http))
    .build();

Verification.creator("${SERVICE}", "${NUMBER}", "sms").create(client);`,
  ],
  csharp: [
    "C#",
    `class FakeVerify : DelegatingHandler {
    public FakeVerify() : base(new HttpClientHandler()) { }
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken token) {
        request.RequestUri = new Uri(new Uri("@origin@"), request.RequestUri.PathAndQuery);
        return base.SendAsync(request, token);
    }
}
var http = new SystemNetHttpClient(new System.Net.Http.HttpClient(new FakeVerify()));
var client = new TwilioRestClient("${SID}", "${TOKEN}", httpClient: http);

VerificationResource.Create(
    to: "${NUMBER}", channel: "sms", pathServiceSid: "${SERVICE}", client: client);`,
  ],
};

const BODY = '{"brand": "Acme", "workflow": [{"channel": "sms", "to": "15553231234"}]}';
const HTTPS = "insists on https: start the server with --tls-cert and --tls-key";

const VONAGE = {
  curl: [
    "curl",
    `curl @origin@/v2/verify -u a1b2c3d4:secret \\
  -H 'Content-Type: application/json' \\
  -d '${BODY}'`,
  ],
  python: [
    "Python",
    `# The SDK ${HTTPS}.
from vonage import Auth, HttpClientOptions, Vonage
from vonage_verify import SmsChannel, VerifyRequest

client = Vonage(
    Auth(api_key="a1b2c3d4", api_secret="secret"), HttpClientOptions(api_host="@host@")
)

client.verify.start_verification(
    VerifyRequest(brand="Acme", workflow=[SmsChannel(to="15553231234")])
)`,
  ],
  node: [
    "Node",
    `// Any application id and any RSA key will do.
const { Auth } = require("@vonage/auth");
const { Vonage } = require("@vonage/server-sdk");
const { privateKey } = require("crypto").generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const auth = new Auth({ applicationId: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", privateKey });
const client = new Vonage(auth, { apiHost: "@origin@" });

client.verify2
  .newRequest({ brand: "Acme", workflow: [{ channel: "sms", to: "15553231234" }] })
  .then((started) => console.log(started.requestId));`,
  ],
  php: [
    "PHP",
    `$client = new Vonage\\Client(
    new Vonage\\Client\\Credentials\\Basic("a1b2c3d4", "secret"),
    ["url" => ["https://api.nexmo.com" => "@origin@"]]
);

$client->verify2()->startVerification(
    new Vonage\\Verify2\\Request\\SMSRequest("15553231234", "Acme")
);`,
  ],
  ruby: [
    "Ruby",
    `# The SDK insists on https and port 443: verify-core serve --vendor vonage --port 443
# --tls-cert … --tls-key …, and SSL_CERT_FILE names the certificate.
client = Vonage::Client.new(
  api_host: "localhost", application_id: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
  private_key: OpenSSL::PKey::RSA.new(2048).to_pem
)

client.verify2.start_verification(
  brand: "Acme", workflow: [{ channel: "sms", to: "15553231234" }]
)`,
  ],
  go: [
    "Go",
    `body := strings.NewReader(\`${BODY}\`)
request, _ := http.NewRequest("POST", "@origin@/v2/verify", body)
request.SetBasicAuth("a1b2c3d4", "secret")
request.Header.Set("Content-Type", "application/json")
http.DefaultClient.Do(request)`,
  ],
  java: [
    "Java",
    `VonageClient client = VonageClient.builder()
    .apiKey("a1b2c3d4").apiSecret("secret")
    .httpConfig(HttpConfig.builder().baseUri("@origin@").build())
    .build();

client.getVerify2Client().sendVerification(
    VerificationRequest.builder().brand("Acme")
        .addWorkflow(new SmsWorkflow("15553231234")).build());`,
  ],
  csharp: [
    "C#",
    `using var http = new HttpClient { BaseAddress = new Uri("@origin@") };
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
    "Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("a1b2c3d4:secret")));
await http.PostAsync("/v2/verify", new StringContent(
    """${BODY}""", Encoding.UTF8, "application/json"));`,
  ],
};

const ALL = { twilio: TWILIO, vonage: VONAGE };

/** `[id, name, lines]` of each language, for a server at a place such as `location`. */
export const linesFor = (vendor, { origin, host, hostname, port, protocol }) =>
  Object.entries(ALL[vendor]).map(([id, [name, text]]) => {
    const scheme = protocol.replace(":", "");
    const words = {
      "@origin@": origin,
      "@host@": host,
      "@hostname@": hostname,
      "@port@": port || (scheme === "https" ? "443" : "80"),
      "@scheme@": protocol,
      "@schemename@": scheme,
    };
    return [id, name, text.replace(/@[a-z]+@/g, (word) => words[word] ?? word)];
  });
