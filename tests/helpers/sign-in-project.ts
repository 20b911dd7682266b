import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** The publishable key that the project wants in the header `apikey`. */
export const PUBLISHABLE_KEY = "sb_publishable_for-tests";

/** A refresh token that was used is good for so long once more, as whoever used it may not have got the answer; milliseconds. */
const REUSE_WITHIN_MS = 10_000;

/** What a token says besides what all say; undefined leaves a claim out. */
export interface TokenClaims {
  readonly sub?: string | undefined;
  readonly role?: string | undefined;
  readonly aud?: string | undefined;
  readonly iss?: string | undefined;
  readonly email?: string | undefined;
  readonly is_anonymous?: boolean | undefined;
  /** Unix seconds. */
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
}

interface Account {
  readonly id: string;
  readonly email: string;
  password: string;
}

interface Session {
  readonly access_token: string;
  readonly token_type: "bearer";
  readonly expires_in: number;
  readonly expires_at: number;
  readonly refresh_token: string;
  readonly user: object;
}

/**
 * Stands for a Supabase project's sign-in (GoTrue): accounts, tokens that it signs with ES256, public keys, refresh tokens that
 * are replaced when they are used. As much of it as `@supabase/auth-js` asks for.
 */
export class SignInProject {
  readonly url: string;
  /** What was asked, as "POST token password" for example. */
  readonly asked: string[] = [];
  /** How far its clock is ahead of this machine's, in milliseconds. */
  aheadMs = 0;
  /** How long a token is good, in seconds. */
  lifetimeSeconds = 3_600;
  /** Whether a new account is good at once, or has to be confirmed by a mail first. */
  confirmsAtOnce = true;
  /** The links in the mails that were sent. */
  readonly mailed: string[] = [];
  /** Whether the public keys are to be had. */
  hasKeys = true;
  /** Whether the key that tokens are signed with isn't among them any more. */
  isKeyRevoked = false;
  readonly #server: Bun.Server<undefined>;
  readonly #jwk: JWK;
  readonly #privateKey: CryptoKey;
  readonly #accounts: Map<string, Account> = new Map();
  readonly #refreshTokens: Map<string, { readonly account: Account; usedAt?: number }> = new Map();

  private constructor(jwk: JWK, privateKey: CryptoKey, port: number) {
    this.#jwk = jwk;
    this.#privateKey = privateKey;
    this.#server = Bun.serve({ port, hostname: "127.0.0.1", fetch: (request) => this.#answer(request) });
    this.url = `http://127.0.0.1:${this.#server.port}`;
  }

  static async start({ port = 0 }: { readonly port?: number } = {}): Promise<SignInProject> {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "of-the-tests", alg: "ES256", use: "sig" };
    return new SignInProject(jwk, privateKey, port);
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  addAccount(email: string, password: string): Account {
    const account = { id: crypto.randomUUID(), email, password };
    this.#accounts.set(email, account);
    return account;
  }

  /** From now on no session can be renewed. */
  revokeSessions(): void {
    this.#refreshTokens.clear();
  }

  /** A token that this project signed, of a user who is signed in unless told otherwise. */
  async token(claims: TokenClaims = {}): Promise<string> {
    const exp = this.#now() + this.lifetimeSeconds;
    const payload = {
      sub: "anna",
      role: "authenticated",
      aud: "authenticated",
      iss: `${this.url}/auth/v1`,
      exp,
      ...claims,
    };
    return await new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader({ alg: "ES256", kid: this.#jwk.kid ?? "", typ: "JWT" })
      .sign(this.#privateKey);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = pathname.replace("/auth/v1/", "");
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
    if (name === ".well-known/jwks.json") {
      this.asked.push("GET keys");
      return this.hasKeys ? answer({ keys: this.isKeyRevoked ? [] : [this.#jwk] }) : answer({}, 503);
    }
    const grant = searchParams.get("grant_type");
    this.asked.push(`${request.method} ${name}${grant === null ? "" : ` ${grant}`}`);
    if (request.headers.get("apikey") !== PUBLISHABLE_KEY) return refusal(401, "no_authorization", "No API key found");
    const text = await request.text();
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
    switch (name) {
      case "token":
        return grant === "password" ? await this.#signIn(body) : await this.#renew(body);
      case "signup":
        return await this.#signUp(body);
      case "logout":
        return new Response(null, { status: 204, headers: CORS });
      case "recover":
        await this.#mail(body, searchParams.get("redirect_to") ?? "");
        return answer({});
      case "user":
        return this.#user(request, body);
      default:
        return refusal(404, "not_found", `${name} isn't played here`);
    }
  }

  async #signIn({ email = "", password }: Record<string, string>): Promise<Response> {
    const account = this.#accounts.get(email);
    if (account === undefined || account.password !== password) {
      return refusal(400, "invalid_credentials", "Invalid login credentials");
    }
    return answer(await this.#session(account));
  }

  async #signUp({ email = "", password = "" }: Record<string, string>): Promise<Response> {
    if (this.#accounts.has(email)) return refusal(422, "user_already_exists", "User already registered");
    if (password.length < 6) {
      return refusal(422, "weak_password", "Password should be at least 6 characters.");
    }
    const account = this.addAccount(email, password);
    return answer(this.confirmsAtOnce ? await this.#session(account) : userOf(account));
  }

  /** Nobody is told whether there is such an account. */
  async #mail({ email = "" }: Record<string, string>, address: string): Promise<void> {
    const account = this.#accounts.get(email);
    if (account === undefined) return;
    const { access_token, refresh_token } = await this.#session(account);
    const tokens = new URLSearchParams({ access_token, refresh_token, token_type: "bearer", type: "recovery" });
    this.mailed.push(`${address}#${tokens}`);
  }

  /** Whose the token is; with `PUT` they have a new password from then on. */
  #user(request: Request, { password }: Record<string, string>): Response {
    const [, payload = ""] = request.headers.get("authorization")?.split(".") ?? [];
    const { sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: string };
    const account = [...this.#accounts.values()].find(({ id }) => id === sub);
    if (account === undefined) return refusal(403, "user_not_found", "User from sub claim in JWT does not exist");
    if (request.method === "PUT" && password !== undefined) {
      if (password.length < 6) return refusal(422, "weak_password", "Password should be at least 6 characters.");
      account.password = password;
    }
    return answer(userOf(account));
  }

  async #renew({ refresh_token: token = "" }: Record<string, string>): Promise<Response> {
    const known = this.#refreshTokens.get(token);
    const now = Date.now();
    if (known === undefined || now - (known.usedAt ?? now) > REUSE_WITHIN_MS) {
      return refusal(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
    }
    known.usedAt ??= now;
    return answer(await this.#session(known.account));
  }

  /** Unix seconds. */
  #now(): number {
    return Math.floor((Date.now() + this.aheadMs) / 1_000);
  }

  async #session(account: Account): Promise<Session> {
    const refreshToken = crypto.randomUUID();
    this.#refreshTokens.set(refreshToken, { account });
    const iat = this.#now();
    const exp = iat + this.lifetimeSeconds;
    return {
      access_token: await this.token({ sub: account.id, email: account.email, iat, exp }),
      token_type: "bearer",
      expires_in: this.lifetimeSeconds,
      expires_at: exp,
      refresh_token: refreshToken,
      user: userOf(account),
    };
  }
}

function userOf({ id, email }: Account): object {
  const known = { id, email, aud: "authenticated", role: "authenticated" };
  return { ...known, app_metadata: {}, user_metadata: {}, created_at: "2026-02-10T00:00:00Z" };
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "*, authorization, apikey, content-type, x-client-info, x-supabase-api-version",
  "access-control-expose-headers": "x-supabase-api-version",
};

function answer(value: object, status = 200): Response {
  return Response.json(value, { status, headers: CORS });
}

/** As GoTrue says it to clients of its version 2024-01-01. */
function refusal(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { ...CORS, "x-supabase-api-version": "2024-01-01" } });
}
