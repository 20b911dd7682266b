import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { userTokens } from "../user-tokens.ts";
import { authorizeBy } from "./authorize.ts";
import type { FunctionCaller } from "./caller.ts";

/** A project's public keys behind a real address, and how often they were asked for. */
class KeyServer {
  keys: JWK[] = [];
  status = 200;
  asked = 0;
  readonly #server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      this.asked += 1;
      return Response.json(this.status === 200 ? { keys: this.keys } : {}, { status: this.status });
    },
  });
  readonly url = `${this.#server.url}auth/v1/.well-known/jwks.json`;

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

let server: KeyServer;
let now: number;
beforeEach(() => {
  now = Date.now();
  server = new KeyServer();
});
afterEach(() => server.stop());

type Algorithm = "ES256" | "RS256";

async function signer(
  algorithm: Algorithm,
  kid: string,
): Promise<{ jwk: JWK; sign(name: string, claims?: object): Promise<string> }> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  const sign = async (name: string, claims: object = {}): Promise<string> =>
    await new SignJWT({ sub: name, role: "authenticated", ...claims })
      .setProtectedHeader({ alg: algorithm, kid })
      .setExpirationTime("1h")
      .sign(privateKey);
  return { jwk, sign };
}

function authorized(issuer?: string): (token: string) => Promise<FunctionCaller> {
  const authorize = authorizeBy({
    serviceKeys: ["service"],
    readToken: userTokens({ jwtSecret: undefined, jwksUrl: server.url, issuer, now: () => now }),
    tradeKeys: new Map(),
  });
  return (token) => authorize(new Request("http://host/", { headers: { authorization: `Bearer ${token}` } }));
}

describe("users' tokens by a project's public keys", () => {
  test.each(["ES256", "RS256"] as const)(
    "%s: known by the key that the token names, which is read once",
    async (algorithm) => {
      const [one, two] = [await signer(algorithm, "one"), await signer(algorithm, "two")];
      server.keys = [one.jwk, two.jwk];
      const ask = authorized();
      expect(await ask(await one.sign("anna"))).toEqual({ owner: "anna", isService: false });
      expect(await ask(await two.sign("bert"))).toEqual({ owner: "bert", isService: false });
      expect(server.asked).toBe(1);
    },
  );

  test("a key of somebody else's under the same name is nobody's, and so is the public key as a secret", async () => {
    const [ours, theirs] = [await signer("ES256", "one"), await signer("ES256", "one")];
    server.keys = [ours.jwk];
    const ask = authorized();
    const forged = new SignJWT({ sub: "anna", role: "authenticated" })
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(JSON.stringify(ours.jwk)));
    for (const token of [
      await theirs.sign("anna"),
      await forged,
      await (await signer("ES256", "other")).sign("anna"),
    ]) {
      await expect(ask(token)).rejects.toMatchObject({ code: "unauthorized" });
    }
  });

  test("tokens of another issuer open nothing, though the same key has signed them; the keys of older projects do", async () => {
    const one = await signer("ES256", "one");
    server.keys = [one.jwk];
    const issuer = "https://p.supabase.co/auth/v1";
    const ask = authorized(issuer);
    expect(await ask(await one.sign("anna", { iss: issuer }))).toEqual({ owner: "anna", isService: false });
    for (const claims of [{}, { iss: "https://q.supabase.co/auth/v1" }, { iss: `${issuer}/` }, { iss: "supabase" }]) {
      await expect(ask(await one.sign("anna", claims))).rejects.toMatchObject({
        code: "unauthorized",
        message: expect.stringContaining(`expected one issued by ${issuer}`),
      });
    }
    const service = { role: "service_role", iss: "supabase" };
    expect(await ask(await one.sign("anna", service))).toEqual({ owner: "service", isService: true });
    expect(await authorized()(await one.sign("anna"))).toEqual({ owner: "anna", isService: false });
  });

  test("while the keys can't be read, the caller is told to try again, not that the token is bad", async () => {
    const one = await signer("ES256", "one");
    server.keys = [one.jwk];
    server.status = 503;
    const ask = authorized();
    const token = await one.sign("anna");
    await expect(ask(token)).rejects.toMatchObject({ code: "not_ready" });
    server.status = 200;
    // Many may wait for them: they are asked for once a second.
    now += 999;
    await expect(ask(token)).rejects.toMatchObject({ code: "not_ready" });
    expect(server.asked).toBe(1);
    now += 1;
    expect(await ask(token)).toEqual({ owner: "anna", isService: false });
    await server.stop();
    await expect(authorized()(token)).rejects.toMatchObject({ code: "not_ready" });
  });

  test("a key that isn't among them any more opens nothing after five minutes", async () => {
    const one = await signer("ES256", "one");
    server.keys = [one.jwk];
    const ask = authorized();
    const token = await one.sign("anna");
    await ask(token);
    server.keys = [];
    now += 299_999;
    expect(await ask(token)).toEqual({ owner: "anna", isService: false });
    now += 1;
    await expect(ask(token)).rejects.toMatchObject({ code: "unauthorized" });
  });
});
