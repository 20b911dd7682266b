import { type Command, Option } from "commander";
import { InvalidInput, parseMoment } from "../core/mod.ts";
import {
  changeKeyFile,
  DEFAULT_KEY_RATE,
  isKeyName,
  type KeyRecord,
  keyHash,
  newKey,
  parseOrigins,
  parseRate,
  parseScopes,
  readKeyFile,
} from "../server/mod.ts";
import { SCOPE_SAYS, SCOPES } from "../wire/mod.ts";
import { systemClock } from "./clock.ts";
import { named } from "./flag-error.ts";

/** Where keys are kept when nobody says. */
const DEFAULT_FILE = "vyx-keys.json";

/** How long the old key stays good after a rotation, when nobody says. */
const DEFAULT_OVERLAP = "24h";

/** Number of hash digits that distinguish keys of the same name. */
const ID_DIGITS = 8;

const SPANS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A key as `vyx keys list` shows it. */
const COLUMNS = ["name", "id", "state", "scopes", "rate", "origins", "created", "expires"] as const;

type Column = (typeof COLUMNS)[number];

interface KeyFlags {
  readonly keysFile?: string;
  readonly name?: string;
  readonly scopes?: string;
  readonly rate?: string;
  readonly origins?: string;
  readonly expires?: string;
  readonly overlap?: string;
  readonly id?: string;
  readonly forVariable?: true;
  readonly json?: true;
}

/** `vyx keys`: makes, lists, revokes and replaces API keys in a file. A running server notices within a second. */
export function keysCommand(program: Command): void {
  const keys = program
    .command("keys")
    .description("Create, list, revoke and rotate the API keys of `vyx serve --keys-file`.");
  const scopes = SCOPES.map((scope) => `${scope} (${SCOPE_SAYS[scope]})`).join(", ");
  withFile(keys.command("create"))
    .description("Create a key. The command prints it once, on stdout, and stores only its SHA-256 hash.")
    .addOption(nameOption())
    .addOption(new Option("--scopes <LIST>", `its permissions: ${scopes}`).default("read,stream"))
    .addOption(
      new Option("--rate <RATE>", "its request rate, for example 600/min, 20/s or 5000/h").default(DEFAULT_KEY_RATE),
    )
    .addOption(new Option("--origins <LIST>", "web origins whose pages may use it (default: any)"))
    .addOption(new Option("--expires <TIME>", "expiry: an ISO date, or a duration such as 12h or 30d (default: never)"))
    .addOption(new Option("--for-variable", "store nothing; print the entry for VYX_API_KEYS on stderr instead"))
    .action((flags: KeyFlags) => create(flags));
  withFile(keys.command("list"))
    .description("List the keys with their names, scopes, rates and states. The keys themselves are not stored.")
    .option("--json", "as JSON")
    .action((flags: KeyFlags) => list(flags));
  withFile(keys.command("revoke"))
    .description("Revoke a key now. The server closes its WebSockets within a second.")
    .addOption(nameOption())
    .addOption(new Option("--id <ID>", "only the one with this id, as `vyx keys list` shows it"))
    .action((flags: KeyFlags) => revoke(flags));
  withFile(keys.command("rotate"))
    .description("Create a new key with the same name and permissions. The old one stays valid for a while.")
    .addOption(nameOption())
    .addOption(
      new Option("--overlap <SPAN>", "how long the old key stays valid, for example 30m or 24h").default(
        DEFAULT_OVERLAP,
      ),
    )
    .action((flags: KeyFlags) => rotate(flags));
}

function withFile(command: Command): Command {
  return command.addOption(
    new Option("--keys-file <FILE>", `the key file (default: ${DEFAULT_FILE})`).env("VYX_KEYS_FILE"),
  );
}

function nameOption(): Option {
  return new Option("--name <NAME>", "the key's name, as it appears in the log").makeOptionMandatory();
}

function create(flags: KeyFlags): void {
  const now = systemClock.now();
  const name = flags.name ?? "";
  if (!isKeyName(name)) {
    throw new InvalidInput(`--name: "${name}" is not possible: expected 1 to 64 letters, digits, "_", "." or "-"`);
  }
  const rate = flags.rate ?? DEFAULT_KEY_RATE;
  named("rate", () => parseRate(rate));
  const key = newKey();
  const expiresAt = flags.expires === undefined ? undefined : named("expires", () => endOf(flags.expires ?? "", now));
  const record: KeyRecord = {
    name,
    hash: keyHash(key),
    scopes: named("scopes", () => parseScopes(flags.scopes ?? "")),
    rate,
    origins: named("origins", () => parseOrigins(flags.origins ?? "")),
    createdAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  if (flags.forVariable === true) {
    if (record.origins.length > 0 || record.expiresAt !== undefined) {
      throw new InvalidInput("--for-variable: such a key can't have --origins or --expires: use --keys-file instead");
    }
    console.error(`VYX_API_KEYS="${name}:${record.hash}:${record.scopes.join(",")}:${rate}"`);
  } else {
    const file = fileOf(flags);
    changeKeyFile(file, now, (keys) => {
      if (keys.some((one) => one.name === name && isGood(one, now))) {
        throw new InvalidInput(`--name: ${file} already has a valid key ${name}: \`vyx keys rotate\` replaces it`);
      }
      return [...keys, record];
    });
    console.error(`stored in ${file}; start the server with: vyx serve --keys-file ${file}`);
  }
  console.error("the key, shown only once:");
  console.log(key);
}

function list(flags: KeyFlags): void {
  const now = systemClock.now();
  const rows = readKeyFile(fileOf(flags)).map(
    (key): Record<Column, string> => ({
      name: key.name,
      id: idOf(key),
      state: stateOf(key, now),
      scopes: key.scopes.join(","),
      rate: key.rate,
      origins: key.origins.join(",") || "any",
      created: new Date(key.createdAt).toISOString(),
      expires: key.expiresAt === undefined ? "never" : new Date(key.expiresAt).toISOString(),
    }),
  );
  if (flags.json === true) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const table = [Object.fromEntries(COLUMNS.map((column) => [column, column])) as Record<Column, string>, ...rows];
  for (const row of table) {
    const cells = COLUMNS.map((column) => row[column].padEnd(Math.max(...table.map((one) => one[column].length))));
    console.log(cells.join("  ").trimEnd());
  }
}

function revoke(flags: KeyFlags): void {
  const now = systemClock.now();
  const file = fileOf(flags);
  let count = 0;
  changeKeyFile(file, now, (keys) => {
    const ended = keys.filter((key) => isMeant(key, flags) && isGood(key, now));
    count = ended.length;
    requireSome(count, flags, file);
    return keys.map((key) => (ended.includes(key) ? { ...key, revokedAt: now } : key));
  });
  console.error(`revoked: ${count} of ${flags.name}; a running server applies this within a second`);
}

function rotate(flags: KeyFlags): void {
  const now = systemClock.now();
  const file = fileOf(flags);
  const until = now + named("overlap", () => spanOf(flags.overlap ?? DEFAULT_OVERLAP));
  const key = newKey();
  changeKeyFile(file, now, (keys) => {
    const old = keys.filter((one) => one.name === flags.name && isGood(one, now)).at(-1);
    requireSome(old === undefined ? 0 : 1, flags, file);
    if (old === undefined) return keys;
    const { expiresAt, ...kept } = old;
    // One that was to live so long is followed by one that lives as long.
    const end = expiresAt === undefined ? {} : { expiresAt: now + (expiresAt - old.createdAt) };
    const fresh: KeyRecord = { ...kept, hash: keyHash(key), createdAt: now, ...end };
    const ended = keys.map((one) =>
      one.name === flags.name && isGood(one, now)
        ? { ...one, expiresAt: Math.min(until, one.expiresAt ?? until) }
        : one,
    );
    return [...ended, fresh];
  });
  console.error(`the old key ${flags.name} is valid until ${new Date(until).toISOString()}`);
  console.error("the new key, shown only once:");
  console.log(key);
}

function requireSome(count: number, flags: KeyFlags, file: string): void {
  if (count > 0) return;
  const which = flags.id === undefined ? "" : ` with the id ${flags.id}`;
  throw new InvalidInput(`${file} has no valid key ${flags.name}${which}: \`vyx keys list\` lists its keys`);
}

function isMeant(key: KeyRecord, flags: KeyFlags): boolean {
  return key.name === flags.name && (flags.id === undefined || idOf(key) === flags.id);
}

function isGood(key: KeyRecord, now: number): boolean {
  return stateOf(key, now) === "good";
}

function stateOf({ revokedAt, expiresAt }: KeyRecord, now: number): "good" | "revoked" | "expired" {
  if (revokedAt !== undefined) return "revoked";
  return expiresAt !== undefined && expiresAt <= now ? "expired" : "good";
}

function idOf(key: KeyRecord): string {
  return key.hash.slice(0, ID_DIGITS);
}

function fileOf(flags: KeyFlags): string {
  return flags.keysFile ?? DEFAULT_FILE;
}

function endOf(text: string, now: number): number {
  const end = /^\d+[smhd]$/.test(text.trim()) ? now + spanOf(text) : parseMoment(text);
  if (end <= now) throw new InvalidInput(`"${text}" is in the past: expected a future time`);
  return end;
}

function spanOf(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  const length = SPANS[unit];
  if (length === undefined) throw new InvalidInput(`"${text}" is not a duration: expected for example 30m, 24h or 30d`);
  return Number(amount) * length;
}
