import { answers } from "./checks/answers.ts";
import { auth } from "./checks/auth.ts";
import { checkpoint } from "./checks/checkpoint.ts";
import { clock } from "./checks/clock.ts";
import { cron } from "./checks/cron.ts";
import { functions } from "./checks/functions.ts";
import { holes } from "./checks/holes.ts";
import { key } from "./checks/key.ts";
import { lag } from "./checks/lag.ts";
import { origins } from "./checks/origins.ts";
import { ready } from "./checks/ready.ts";
import { source } from "./checks/source.ts";
import { tls } from "./checks/tls.ts";
import type { CheckName, Outcome } from "./finding.ts";
import type { Visit } from "./visit.ts";

/** Looks at one thing. What it throws counts as wrong, with the message as what was found. */
export type Check = (visit: Visit) => Promise<Outcome>;

/** All checks, in the order in which they are made; each says in a few words what it looks at. */
export const CHECKS: Readonly<Record<CheckName, { readonly says: string; readonly check: Check }>> = {
  tls: { says: "the connection is encrypted, and the certificate good", check: tls },
  answers: { says: "a Vyx server answers", check: answers },
  auth: { says: "nobody reads without a key", check: auth },
  key: { says: "the key that was given opens what it should", check: key },
  origins: { says: "pages of the right web origins are let in, and of no others", check: origins },
  source: { says: "the market is the one that is meant", check: source },
  ready: { says: "the server calls itself ready", check: ready },
  lag: { says: "the exchange is heard, and its last minute is there", check: lag },
  holes: { says: "no series lacks anything", check: holes },
  checkpoint: { says: "a restart could go on from a checkpoint", check: checkpoint },
  clock: { says: "WebSockets get through, and the server's clock is right", check: clock },
  functions: { says: "the functions are there, guarded, and reach the market", check: functions },
  cron: { says: "closes that nobody told are looked for each minute", check: cron },
};
