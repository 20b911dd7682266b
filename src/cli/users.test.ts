import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { PUBLISHABLE_KEY, SignInProject, type TokenClaims } from "../../tests/helpers/sign-in-project.ts";
import { until } from "../../tests/helpers/until.ts";
import { createClient, type StreamMessage } from "../client/mod.ts";
import { type AccessOptions, functionRoutes, KeyRing } from "../server/mod.ts";
import { authorizeBy, type FunctionCaller, userTokens } from "../traders/mod.ts";
import type { Problem, Signal } from "../wire/mod.ts";
import { configuredAccess } from "./access.ts";
import { createLog } from "./log.ts";
import { pageSettingsOf } from "./page-settings.ts";
import { readSettings } from "./read-settings.ts";
import type { Settings } from "./settings.ts";
import { configuredUsers } from "./users.ts";

const NOW = START + 300 * 60_000;
/** Unix seconds by the server's clock. */
const IN_AN_HOUR = NOW / 1_000 + 3_600;
const JWT_SECRET = "a-secret-of-at-least-thirty-two-characters";
/** How long a token is taken after its end, because clocks differ. */
const TOLERANCE_MS = 5_000;

function settingsWith(flags: Partial<Record<keyof Settings, string>>): Settings {
  return readSettings(flags, {}).settings;
}

let project: SignInProject;
let market: ServedMarket;
let callers: FunctionCaller[];
let said: unknown[];
const say = (message: unknown): number => said.push(message);
beforeEach(async () => {
  project = await SignInProject.start();
});
afterEach(async () => {
  await market?.server.stop();
  await project.stop();
});

/** A server that takes the project's tokens, by a clock that the test turns, and API keys. */
function serve(flags: Partial<Record<keyof Settings, string>> = {}, about: Partial<AccessOptions> = {}): void {
  const settings = settingsWith({ supabaseUrl: project.url, supabaseKey: PUBLISHABLE_KEY, ...flags });
  [callers, said] = [[], []];
  market = serveMarket({
    with: {
      access: keyAccess(new KeyRing([keyRecord("a-key", { name: "bot" })]), {
        users: configuredUsers(settings, { info: say, warn: say }, () => market.clock.now()),
        ...about,
      }),
      log: { level: () => "info", setLevel: () => {} },
      tellsSignals: true,
      routes: functionRoutes(
        async (_name, _request, caller) => {
          callers.push(caller as FunctionCaller);
          return Response.json({});
        },
        () => 1,
      ),
    },
  });
}

const tokenOf = (claims: TokenClaims = {}): Promise<string> => project.token({ exp: IN_AN_HOUR, ...claims });

function get(path: string, token: string): Promise<Response> {
  return market.get(path, { authorization: `Bearer ${token}` });
}

async function problemOf(response: Response): Promise<[status: number, code: string, detail: string]> {
  const { code, detail } = (await response.json()) as Problem;
  return [response.status, code, detail];
}

const secret = new TextEncoder().encode(JWT_SECRET);
function byHs256(claims: object, key = secret, header: object = {}): Promise<string> {
  return new SignJWT({ sub: "anna", aud: "authenticated", iss: `${project.url}/auth/v1`, exp: IN_AN_HOUR, ...claims })
    .setProtectedHeader({ alg: "HS256", ...header })
    .sign(key);
}

describe("a user's token", () => {
  test("opens what users may have, and nothing of the operator's", async () => {
    serve();
    const token = await tokenOf({ sub: "anna" });
    expect((await get("/tickers", token)).status).toBe(200);
    expect((await market.get("/tickers", { "x-api-key": token })).status).toBe(200);
    const ticket = await fetch(`${market.server.url}/tickets`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(ticket.status).toBe(200);
    for (const [path, scope] of [
      ["/metrics", "metrics"],
      ["/log-level", "admin"],
      ["/functions/v1/trigger-executions", "admin"],
    ] as const) {
      const detail = `your account doesn't have the scope ${scope}: it has read, stream, screen, trade`;
      expect(await problemOf(await get(path, token))).toEqual([403, "forbidden", detail]);
    }
    expect((await market.get("/tickers", { "x-api-key": "a-key" })).status).toBe(200);
    expect(await problemOf(await market.get("/tickers"))).toEqual([
      401,
      "unauthorized",
      expect.stringContaining("this needs a key, or the token of a user who is signed in"),
    ]);
  });

  test("is told from a key that looks like one", async () => {
    serve({}, { keys: new KeyRing([keyRecord("my.own.key"), keyRecord("my.old.key", { revokedAt: 1 })]) });
    expect((await market.get("/tickers", { "x-api-key": "my.own.key" })).status).toBe(200);
    expect((await problemOf(await market.get("/tickers", { "x-api-key": "my.old.key" })))[2]).toContain("revoked");
    expect((await problemOf(await market.get("/tickers", { "x-api-key": "my.new.key" })))[2]).toContain("the token");
    expect((await get("/tickers", await tokenOf())).status).toBe(200);
  });

  test("opens nothing any more a while after the key that signed it was revoked, unless the keys can't be read", async () => {
    serve();
    const token = await tokenOf({ exp: IN_AN_HOUR * 2 });
    expect((await get("/tickers", token)).status).toBe(200);
    project.isKeyRevoked = true;
    project.hasKeys = false;
    for (let minute = 0; minute < 60; minute += 10) {
      await market.clock.turn(600_000);
      expect((await get("/tickers", token)).status).toBe(200);
    }
    const { length } = project.asked;
    // It isn't tried at each request.
    expect((await get("/tickers", token)).status).toBe(200);
    expect(project.asked).toHaveLength(length);
    project.hasKeys = true;
    await market.clock.turn(10_000);
    expect((await problemOf(await get("/tickers", token)))[2]).toContain("not one of ours");
    project.isKeyRevoked = false;
    await market.clock.turn(600_000);
    expect((await get("/tickers", token)).status).toBe(200);
  });

  test("has the owner that the functions elsewhere know it by, and never the service's rights", async () => {
    serve();
    const elsewhere = authorizeBy({
      serviceKeys: ["service"],
      readToken: userTokens({
        jwtSecret: undefined,
        jwksUrl: `${project.url}/auth/v1/.well-known/jwks.json`,
        issuer: `${project.url}/auth/v1`,
        now: () => NOW,
      }),
      tradeKeys: new Map(),
    });
    for (const sub of ["anna", "bert"]) {
      const token = await tokenOf({ sub });
      await get("/functions/v1/traders", token);
      const headers = { authorization: `Bearer ${token}` };
      expect(callers.at(-1)).toMatchObject(await elsewhere(new Request("http://host/", { headers })));
      expect(callers.at(-1)).toMatchObject({ owner: sub, isService: false });
    }
  });

  test("that is worth nothing is refused in words, everywhere but where everyone may come", async () => {
    serve();
    const theirs = await SignInProject.start();
    const { publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
    const claims = btoa(JSON.stringify({ sub: "anna", aud: "authenticated", exp: IN_AN_HOUR })).replace(/=+$/, "");
    const refused: readonly (readonly [what: string, token: string, words: string])[] = [
      ["expired", await tokenOf({ exp: NOW / 1_000 - 6 }), "the token has expired: sign in again"],
      ["forged", await theirs.token({ exp: IN_AN_HOUR }), "not one of ours, or was changed"],
      ["changed", (await tokenOf()).replace(/\.[^.]+\./, `.${claims}.`), "not one of ours, or was changed"],
      ["HS256 by a public key", await byHs256({}, jwk, { kid: "of-the-tests" }), "not one of ours"],
      ["unsigned", `${btoa('{"alg":"none"}').replace(/=+$/, "")}.${claims}.`, "not one of ours"],
      ["of another audience", await tokenOf({ aud: "another-app" }), "the token is nobody's"],
      ["of another project", await tokenOf({ iss: `${theirs.url}/auth/v1` }), `expected one issued by ${project.url}`],
      ["of no project", await tokenOf({ iss: undefined }), "the token is of another project"],
      ["of nobody", await tokenOf({ sub: undefined }), "the token is nobody's"],
      ["of an empty name", await tokenOf({ sub: "" }), "the token is nobody's"],
      ["of all owners", await tokenOf({ sub: "*" }), "the token names no user"],
      ["of nobody in particular", await tokenOf({ sub: "local" }), "the token names no user"],
      ["of the service's name", await tokenOf({ sub: "service" }), "the token names no user"],
      ["of a key's name", await tokenOf({ sub: "key:bot" }), "the token names no user"],
      ["of a number", await tokenOf({ sub: 5 as never }), "the token names no user"],
      ["of an object", await tokenOf({ sub: { a: 1 } as never }), "the token names no user"],
      ["of a long name", await tokenOf({ sub: "a".repeat(129) }), "the token names no user"],
      ["of a name with a line's end", await tokenOf({ sub: "anna\n" }), "the token names no user"],
      ["without an account", await tokenOf({ is_anonymous: true }), "of a visitor without an account"],
      ["of a visitor", await tokenOf({ role: "anon", aud: undefined }), "the token is nobody's"],
      ["of the service", await tokenOf({ role: "service_role" }), "the service key is for functions"],
      ["without an end", await tokenOf({ exp: undefined }), "not one of ours"],
      ["nonsense", "a.b.c", "not one of ours"],
      ["endless", `${"a".repeat(9_000)}.b.c`, "longer than 8192 characters"],
    ];
    for (const [what, token, words] of refused) {
      const response = await get("/tickers", token);
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
      const refusal = await problemOf(response);
      expect([what, ...refusal]).toEqual([what, 401, "unauthorized", expect.stringContaining(words)]);
      expect([what, (await get("/health", token)).status]).toEqual([what, 200]);
    }
    await theirs.stop();
    expect(market.errors).toEqual([]);
  });

  test("by a project's secret is known where that is set, beside those by its public keys", async () => {
    serve({ supabaseJwtSecret: JWT_SECRET });
    expect((await get("/tickers", await byHs256({}))).status).toBe(200);
    expect((await get("/tickers", await tokenOf())).status).toBe(200);
    const another = new TextEncoder().encode("another-secret-of-thirty-two-characters");
    expect((await get("/tickers", await byHs256({}, another))).status).toBe(401);
    await market.server.stop();
    serve();
    expect((await get("/tickers", await byHs256({}))).status).toBe(401);
  });

  test("waits for the public keys, and one that was checked goes on without them", async () => {
    serve();
    project.hasKeys = false;
    const token = await tokenOf();
    expect(await problemOf(await get("/tickers", token))).toEqual([
      503,
      "not_ready",
      expect.stringContaining("the public keys aren't to be had"),
    ]);
    expect((await get("/health", token)).status).toBe(200);
    expect(said).toEqual([expect.stringContaining("the public keys aren't to be had")]);
    // However many wait for them, they are asked for once a second.
    for (let n = 0; n < 20; n++) expect((await get("/tickers", await tokenOf({ sub: `user-${n}` }))).status).toBe(503);
    expect(project.asked).toEqual(["GET keys"]);
    project.hasKeys = true;
    await market.clock.turn(1_000);
    expect((await get("/tickers", token)).status).toBe(200);
    expect(project.asked).toEqual(["GET keys", "GET keys"]);
    expect(said).toHaveLength(2);
    await project.stop();
    expect((await get("/tickers", token)).status).toBe(200);
  });

  test("is checked once, however many ask with it at once, and not again until it expires", async () => {
    serve();
    const token = await tokenOf({ exp: NOW / 1_000 + 60 });
    const first = await Promise.all(Array.from({ length: 20 }, () => get("/tickers", token)));
    expect(first.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(project.asked).toEqual(["GET keys"]);
    await market.clock.turn(60_000 + TOLERANCE_MS - 1);
    expect((await get("/tickers", token)).status).toBe(200);
    await market.clock.turn(1);
    expect(await problemOf(await get("/tickers", token))).toEqual([
      401,
      "unauthorized",
      "the token has expired: sign in again",
    ]);
  });
});

describe("a user's rate", () => {
  test("is one for all of their tokens, and nobody else's", async () => {
    serve({ userRate: "3/h" });
    const [first, second, other] = [
      await tokenOf({ sub: "anna" }),
      await tokenOf({ sub: "anna", exp: IN_AN_HOUR + 1 }),
      await tokenOf({ sub: "bert" }),
    ];
    expect((await get("/tickers", first)).headers.get("ratelimit-remaining")).toBe("2");
    expect((await get("/tickers", second)).headers.get("ratelimit-remaining")).toBe("1");
    expect((await get("/tickers", first)).headers.get("ratelimit-remaining")).toBe("0");
    expect((await get("/tickers", second)).status).toBe(429);
    expect((await get("/tickers", other)).headers.get("ratelimit-remaining")).toBe("2");
  });

  test("doesn't pay for tokens that are made up: the address does, before they are looked at", async () => {
    serve({}, { addressRate: { amount: 4, perMs: 3_600_000 } });
    const token = await tokenOf();
    expect((await get("/tickers", token)).status).toBe(200);
    expect((await get("/tickers", "a.b.c")).status).toBe(401);
    expect((await get("/tickers", "a.b.d")).status).toBe(429);
    const { length } = project.asked;
    expect((await get("/tickers", await tokenOf({ sub: "bert" }))).status).toBe(429);
    expect(project.asked).toHaveLength(length);
    expect((await get("/tickers", token)).status).toBe(200);
  });
});

describe("a user's socket", () => {
  const open = (path: string, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`${market.server.url.replace("http", "ws")}${path}`, { headers } as never);
    const heard: Record<string, unknown>[] = [];
    socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    return { socket, heard, closed };
  };
  const ticketOf = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${market.server.url}/tickets`, { method: "POST", headers });
    return ((await answer.json()) as { ticket: string }).ticket;
  };

  test("ends when the token does, however it was let in, and so does a ticket", async () => {
    serve();
    const token = await tokenOf({ exp: NOW / 1_000 + 20 });
    const sockets = [
      open(`/ws?ticket=${await ticketOf(token)}`),
      open("/ws", { authorization: `Bearer ${await tokenOf({ exp: NOW / 1_000 + 20, sub: "bert" })}` }),
    ];
    const lasting = open("/ws", { "x-api-key": "a-key" });
    await until(() => [...sockets, lasting].every(({ heard }) => heard.length > 0));
    const ticket = await ticketOf(token);
    await market.clock.turn(20_000 + TOLERANCE_MS);
    for (const { closed } of sockets) {
      const { code, reason } = await closed;
      expect([code, reason]).toEqual([4500, "the key or token is not good any more"]);
    }
    const late = await open(`/ws?ticket=${ticket}`).closed;
    expect([late.code, late.reason]).toEqual([4500, "the token has expired: sign in again"]);
    expect(lasting.socket.readyState).toBe(WebSocket.OPEN);
    lasting.socket.close();
  });

  test("opens with a ticket of another server with the same secret, which checks the user's token itself, now and later", async () => {
    const ticketSecret = "a-secret-of-at-least-thirty-two-bytes";
    serve({}, { ticketSecret });
    const first = market;
    const ticket = await ticketOf(await tokenOf({ exp: IN_AN_HOUR * 2 }));
    serve({}, { ticketSecret });
    await first.server.stop();
    const { length } = project.asked;
    const { heard, closed } = open(`/ws?ticket=${ticket}`);
    await until(() => heard.length > 0);
    expect([heard[0]?.type, project.asked.length]).toEqual(["hello", length + 1]);
    project.isKeyRevoked = true;
    await market.clock.turn(600_000);
    expect((await closed).reason).toBe("the key or token is not good any more");
  });

  test("ends a while after the key that signed the token was revoked, and not because the keys can't be read", async () => {
    serve();
    const token = await tokenOf({ exp: IN_AN_HOUR * 2 });
    const { socket, heard, closed } = open("/ws", { authorization: `Bearer ${token}` });
    await until(() => heard.length > 0);
    project.hasKeys = false;
    await market.clock.turn(600_000);
    // Checked again without anybody asking.
    await until(() => project.asked.length === 2);
    expect((await get("/tickers", token)).status).toBe(200);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    project.hasKeys = true;
    project.isKeyRevoked = true;
    await market.clock.turn(10_000);
    const { code, reason } = await closed;
    expect([code, reason]).toEqual([4500, "the key or token is not good any more"]);
  });

  test("hears of the user's own signals alone", async () => {
    serve();
    const [anna, bert] = await Promise.all(
      ["anna", "bert"].map(async (sub) => open(`/ws?ticket=${await ticketOf(await tokenOf({ sub }))}`)),
    );
    for (const one of [anna, bert]) {
      await until(() => one?.heard.length === 1);
      one?.socket.send('{"id":1,"op":"subscribe","channels":["signals"]}');
      await until(() => one?.heard.length === 2);
    }
    market.server.hub.signal({ id: 1 } as Signal, "anna");
    market.server.hub.signal({ id: 2 } as Signal, "bert");
    await until(() => anna?.heard.length === 3 && bert?.heard.length === 3);
    expect([anna?.heard[2], bert?.heard[2]]).toEqual([
      { type: "signal", signal: { id: 1 } },
      { type: "signal", signal: { id: 2 } },
    ]);
    anna?.socket.close();
    bert?.socket.close();
  });

  test("comes back by itself in the SDK when there is a newer token, and ends when there is none", async () => {
    serve();
    let token = await tokenOf({ exp: NOW / 1_000 + 20 });
    const client = createClient({ url: market.server.url, apiKey: () => token });
    const heard: StreamMessage["type"][] = [];
    const listening = client.listen(["ticker:BTCUSDT"], ({ type }) => heard.push(type));
    listening.catch(() => {});
    await until(() => heard.includes("ticker"));
    token = await tokenOf({ exp: NOW / 1_000 + 60 });
    await market.clock.turn(20_000 + TOLERANCE_MS);
    await until(() => heard.filter((type) => type === "ticker").length === 2);
    expect(heard).toEqual(["connected", "ticker", "disconnected", "connected", "ticker"]);
    await market.clock.turn(60_000);
    await expect(listening).rejects.toMatchObject({ code: "unauthorized", status: 401 });
  });
});

describe("the settings", () => {
  const log = createLog("error");
  const both = { supabaseUrl: "https://p.supabase.co/", supabaseKey: PUBLISHABLE_KEY };

  test("protect a server that others can reach as well as keys do, and nobody comes in without", () => {
    expect(() => configuredAccess(settingsWith({ host: "0.0.0.0" }), log)).toThrow("--supabase-url and --supabase-key");
    const { access } = configuredAccess(settingsWith({ host: "0.0.0.0", ...both }), log);
    expect([access.keys?.size, access.users?.rate, access.onlyOwnNames]).toEqual([
      0,
      { amount: 600, perMs: 60_000 },
      false,
    ]);
  });

  test("are told to the page, unless everyone may come in anyway", () => {
    const signIn = { kind: "supabase", url: "https://p.supabase.co", publishableKey: PUBLISHABLE_KEY } as const;
    expect(pageSettingsOf(settingsWith(both))).toEqual({
      signIn,
      functionsUrl: null,
      markets: ["binance"],
      sendsMail: false,
    });
    expect(pageSettingsOf(settingsWith({ ...both, insecureNoAuth: "true" }))).toEqual({
      ...{ signIn: null, functionsUrl: null, markets: ["binance"], sendsMail: false },
    });
    expect(configuredAccess(settingsWith({ ...both, insecureNoAuth: "true" }), log).access.users).toBeUndefined();
    const webhook = "https://p.supabase.co/functions/v1/trigger-executions";
    const functionsOf = (flags: Partial<Record<keyof Settings, string>>): string | null =>
      pageSettingsOf(settingsWith(flags)).functionsUrl;
    expect(functionsOf({ closeWebhook: webhook })).toBe("https://p.supabase.co/functions/v1");
    expect(functionsOf({ closeWebhook: "https://elsewhere.test/hook" })).toBeNull();
    expect(functionsOf({ closeWebhook: webhook, functionsUrl: "https://f.test/x/" })).toBe("https://f.test/x");
    expect(() => functionsOf({ functionsUrl: "https://f.test" })).toThrow("expected both, or neither");
  });

  test.each([
    [{ supabaseUrl: "https://p.supabase.co" }, "--supabase-key is missing"],
    [{ supabaseKey: PUBLISHABLE_KEY }, "--supabase-url is missing"],
    [{ supabaseJwtSecret: JWT_SECRET }, "--supabase-url is missing"],
    [{ ...both, supabaseUrl: "p.supabase.co" }, "--supabase-url"],
    [
      { ...both, supabaseUrl: "https://anna:hidden@p.supabase.co" },
      "--supabase-url: it holds a user's name or password",
    ],
    [{ closeWebhook: `https://anna:hidden@f.test/trigger-executions` }, "--close-webhook: it holds a user's name"],
    [{ closeWebhook: "https://hidden@f.test/trigger-executions" }, "--close-webhook: it holds a user's name"],
    [{ functionsUrl: "https://:hidden@f.test/functions/v1" }, "--functions-url: it holds a user's name or password"],
    [{ ...both, supabaseKey: "two words" }, "--supabase-key: it is not a key"],
    [{ ...both, supabaseKey: "sb_secret_abc" }, "--supabase-key: it is a key that opens everything"],
    [
      { ...both, supabaseKey: `e30.${btoa('{"role":"service_role"}').replace(/=+$/, "")}.x` },
      "--supabase-key: it is a key that opens everything",
    ],
    [{ ...both, userRate: "many" }, "--user-rate"],
  ])("%j: %s", (flags, words) => {
    let said = "";
    try {
      configuredAccess(settingsWith(flags), log);
    } catch (cause) {
      said = String(cause);
    }
    expect(said).toContain(words);
    expect(said).not.toContain("hidden");
  });
});
