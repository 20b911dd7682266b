import type { Logger } from "pino";
import { countOf, InvalidInput } from "../core/mod.ts";
import {
  type AccessOptions,
  EVERY_SCOPE,
  isLoopback,
  type KeyRecord,
  KeyRing,
  keyHash,
  LOOPBACK_RATE,
  parseRate,
  readKeyFile,
  type SocketLimits,
  watchKeyFile,
} from "../server/mod.ts";
import type { Settings } from "./settings.ts";
import { configuredUsers } from "./users.ts";

/** The request rate of an IP address without a key, if the server is reachable from outside or requires keys for most routes. */
const ADDRESS_RATE = "600/min";

/** The request rate of the key that the nodes of a cluster share: a node that starts asks for all that there is. */
const PEERS_RATE = "10000000/min";

/** Sockets of one key, or of one address without a key, there. */
const SOCKETS_PER_CALLER = 100;

/** Who may use a server, put together from its settings. */
export interface ConfiguredAccess {
  readonly access: AccessOptions;
  readonly sockets: SocketLimits;
  /** In words, why keys aren't up to date; undefined while they are. */
  keyFault(): string | undefined;
  stop(): void;
}

/** What servers of one cluster know together of keys and tickets. */
export interface SharedAccess {
  readonly revocations: {
    /** Called for each key that is revoked at any server, by its SHA-256. */
    listen(revoke: (hash: string) => void): void;
    /** A key is revoked here. */
    tell(hash: string): void;
  };
  claimTicket(id: string): Promise<boolean>;
}

/** Reads the keys, watches their file, and refuses what would open the server to everyone by mistake. Throws InvalidInput. */
export function configuredAccess(settings: Settings, log: Logger, shared?: SharedAccess): ConfiguredAccess {
  const { host, keysFile, insecureNoAuth, addressRate, maxSockets } = settings;
  const apiKeys = [...settings.apiKeys, ...peersKey(settings)];
  const fromFile = keysFile === undefined ? [] : readKeyFile(keysFile);
  const records = [...apiKeys, ...fromFile];
  const users = configuredUsers(settings, log);
  if (records.length === 0 && users === undefined && !isLoopback(host) && !insecureNoAuth) {
    throw new InvalidInput(openToAll(host));
  }
  if (insecureNoAuth)
    log.warn("--insecure-no-auth: access control is off; everyone who can reach this server can use it");
  const needsKeys = requiresKeys(settings);
  if (needsKeys && records.length === 0 && users === undefined) {
    log.warn(`${keysFile} has no keys yet, so the server refuses all requests for data`);
  }
  const ring = needsKeys ? new KeyRing(records) : undefined;
  const { isPrivate, rate, socketsPerCaller } = callerLimits(settings);
  const tell = (keys: readonly KeyRecord[]): void => {
    for (const { hash, revokedAt } of keys) if (revokedAt !== undefined) shared?.revocations.tell(hash);
  };
  if (ring !== undefined) shared?.revocations.listen((hash) => ring.revoke(hash));
  tell(records);
  const watch = ring === undefined || keysFile === undefined ? undefined : watched(ring, keysFile, apiKeys, log, tell);
  return {
    access: {
      keys: ring,
      ticketSecret: settings.ticketSecret,
      ...(shared === undefined ? {} : { claimTicket: (id: string) => shared.claimTicket(id) }),
      users: needsKeys ? users : undefined,
      scopesWithoutKeys: insecureNoAuth ? EVERY_SCOPE.filter((scope) => scope !== "admin") : EVERY_SCOPE,
      addressRate: addressRate ?? (isPrivate ? LOOPBACK_RATE : parseRate(rate)),
      trustedProxies: settings.trustedProxies,
      proxyHeaders: settings.proxyHeaders,
      onlyOwnNames: isPrivate && !insecureNoAuth,
    },
    sockets: {
      total: maxSockets,
      perCaller: socketsPerCaller,
      age: settings.socketAge,
    },
    keyFault: () => watch?.fault(),
    stop: () => watch?.stop(),
  };
}

/** The bounds of one caller where the settings say "auto", and the sockets of one caller in any case. */
export function callerLimits(settings: Settings): {
  /** Only this machine can ask, and no key is needed: then one address has no bound. */
  readonly isPrivate: boolean;
  readonly rate: string;
  readonly socketsPerCaller: number;
} {
  const { host, maxSockets, socketsPerCaller } = settings;
  const isPrivate = isLoopback(host) && !requiresKeys(settings);
  return {
    isPrivate,
    rate: ADDRESS_RATE,
    socketsPerCaller: socketsPerCaller ?? (isPrivate ? maxSockets : SOCKETS_PER_CALLER),
  };
}

/** Whether most routes need a key or a user's token. */
export function requiresKeys({ keysFile, apiKeys, supabaseUrl, insecureNoAuth, peerKey }: Settings): boolean {
  const hasKeys = keysFile !== undefined || apiKeys.length > 0 || peerKey !== undefined;
  return (hasKeys || supabaseUrl !== undefined) && !insecureNoAuth;
}

/** The key with which the other nodes of a cluster ask. */
function peersKey({ peerKey }: Settings): KeyRecord[] {
  if (peerKey === undefined) return [];
  const scopes = ["read", "stream"] as const;
  return [{ name: "peers", hash: keyHash(peerKey), scopes, rate: PEERS_RATE, origins: [], createdAt: 0 }];
}

function watched(
  ring: KeyRing,
  path: string,
  fixed: readonly KeyRecord[],
  log: Logger,
  tell: (keys: readonly KeyRecord[]) => void,
): { stop(): void; fault(): string | undefined } {
  let fault: string | undefined;
  const { stop } = watchKeyFile(path, {
    changed: (keys) => {
      fault = undefined;
      ring.replace([...fixed, ...keys]);
      tell(keys);
      log.info(`${path}: ${countOf(keys.length, "key")} read`);
    },
    failed: (message) => {
      fault = message;
      log.error(`${message}; the previous keys stay in force`);
    },
  });
  return { stop, fault: () => fault };
}

function openToAll(host: string): string {
  return (
    `--host: ${host} can be reached from other machines, and no API key is configured. ` +
    "Create one with `vyx keys create --name NAME --keys-file FILE` and start with --keys-file FILE, or set VYX_API_KEYS; " +
    "or allow the users of a Supabase project with --supabase-url and --supabase-key; or listen on 127.0.0.1; or, to allow everyone, use --insecure-no-auth"
  );
}
