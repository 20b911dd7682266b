import { nkeys } from "@nats-io/transport-node";

/** An account of a NATS operator. */
export interface OperatorAccount {
  /** The text of a credentials file for one of its users. `permissions`: subjects that the user may publish to and subscribe to; all unless said. */
  credentials(options?: { readonly subjects?: readonly string[]; readonly expiresInSeconds?: number }): string;
}

/** A NATS operator, with accounts and users by JWT, as `nsc` makes them. */
export interface NatsOperator {
  /** The text of a server's configuration that trusts the operator and knows its accounts. */
  readonly configuration: string;
  readonly account: OperatorAccount;
}

/** Makes an operator with a system account and one account that may use JetStream. Source: NATS, JWT authentication guide (ADR-14). */
export function createOperator(): NatsOperator {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountClaims = (storage: number): object => ({
    limits: {
      ...limits,
      ...(storage === 0 ? {} : { mem_storage: storage, disk_storage: storage, streams: -1, consumer: -1 }),
    },
    default_permissions: { pub: {}, sub: {} },
    ...{ type: "account", version: 2 },
  });
  const operatorToken = token(operator, operator.getPublicKey(), "operator", {
    ...{ system_account: system.getPublicKey(), type: "operator", version: 2 },
  });
  const accounts = [
    [system, token(operator, system.getPublicKey(), "SYS", accountClaims(0))],
    [account, token(operator, account.getPublicKey(), "vyx", accountClaims(-1))],
  ] as const;
  const preloaded = accounts.map(([key, text]) => `  ${key.getPublicKey()}: ${text}`).join("\n");
  return {
    configuration: `operator: ${operatorToken}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {
${preloaded}
}
`,
    account: {
      credentials: ({ subjects, expiresInSeconds } = {}) => {
        const user = nkeys.createUser();
        const allowed = subjects === undefined ? {} : { allow: subjects };
        const claims = { pub: allowed, sub: allowed, subs: -1, data: -1, payload: -1, type: "user", version: 2 };
        const text = token(account, user.getPublicKey(), "node", claims, expiresInSeconds);
        const seed = new TextDecoder().decode(user.getSeed());
        return `-----BEGIN NATS USER JWT-----\n${text}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
      },
    },
  };
}

type Signer = ReturnType<typeof nkeys.createOperator>;

/** A JWT that one key signs about another one. */
function token(signer: Signer, subject: string, name: string, nats: object, expiresInSeconds?: number): string {
  const now = Math.floor(Date.now() / 1_000);
  const expires = expiresInSeconds === undefined ? {} : { exp: now + expiresInSeconds };
  const claims = {
    jti: crypto.randomUUID(),
    iat: now,
    iss: signer.getPublicKey(),
    name,
    sub: subject,
    nats,
    ...expires,
  };
  const encode = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString("base64url");
  const signed = `${encode('{"typ":"JWT","alg":"ed25519-nkey"}')}.${encode(JSON.stringify(claims))}`;
  return `${signed}.${encode(signer.sign(new TextEncoder().encode(signed)))}`;
}
