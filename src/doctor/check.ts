import { answers } from "./checks/answers.ts";
import { auth } from "./checks/auth.ts";
import { checkpoint } from "./checks/checkpoint.ts";
import { clock } from "./checks/clock.ts";
import { cron } from "./checks/cron.ts";
import { database } from "./checks/database.ts";
import { exchange } from "./checks/exchange.ts";
import { functions } from "./checks/functions.ts";
import { health } from "./checks/health.ts";
import { holes } from "./checks/holes.ts";
import { key } from "./checks/key.ts";
import { lag } from "./checks/lag.ts";
import { mail } from "./checks/mail.ts";
import { origins } from "./checks/origins.ts";
import { ready } from "./checks/ready.ts";
import { source } from "./checks/source.ts";
import { tickets } from "./checks/tickets.ts";
import { tls } from "./checks/tls.ts";
import { version } from "./checks/version.ts";
import type { CheckName, Outcome } from "./finding.ts";
import type { Visit } from "./visit.ts";

/** Runs one check. An exception counts as a wrong finding, with its message. */
export type Check = (visit: Visit) => Promise<Outcome>;

/** All checks, in the order in which they are made; each says in a few words what it looks at. */
export const CHECKS: Readonly<Record<CheckName, { readonly says: string; readonly check: Check }>> = {
  tls: { says: "the connection is encrypted and the certificate is valid", check: tls },
  answers: { says: "a Vyx server answers", check: answers },
  version: { says: "the server runs the version and commit of this program", check: version },
  auth: { says: "requests without a key are refused", check: auth },
  key: { says: "the given key has the expected permissions", check: key },
  origins: { says: "the server allows the expected web origins and no others", check: origins },
  source: { says: "the market has the expected source", check: source },
  ready: { says: "the server reports that it is ready", check: ready },
  health: { says: "the server reports no other problem, such as a full disk", check: health },
  lag: { says: "data arrives from the exchange, and the last minute is present", check: lag },
  holes: { says: "all series are complete", check: holes },
  exchange: { says: "closed klines equal the exchange's own, by column (with --compare-exchange)", check: exchange },
  checkpoint: { says: "a restart could resume from a checkpoint", check: checkpoint },
  database: { says: "the traders' database answers and can be used", check: database },
  clock: { says: "WebSockets connect, and the server's clock is right", check: clock },
  tickets: { says: "a ticket opens a WebSocket at every server behind the URL", check: tickets },
  functions: { says: "the functions are deployed, require a key, and reach the market", check: functions },
  cron: { says: "cron checks for missed closes every minute", check: cron },
  mail: { says: "the mail server takes connection and login (with --smtp-url)", check: mail },
};
