import { MAX_ADDRESSES } from "./address-callers.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { MAX_CHANNELS } from "./hub.ts";
import { MAX_KEYS } from "./keys/key-file.ts";
import { MAX_BATCH_KLINES } from "./market-routes.ts";
import { MAX_URL_CHARACTERS } from "./pipeline.ts";
import { MAX_KEPT_ADDRESSES } from "./router.ts";
import { MAX_FRAME_CHARACTERS } from "./socket-requests.ts";
import { MESSAGE_RATE, SOCKET_IDLE_SECONDS } from "./sockets.ts";
import { MAX_TICKETS, TICKET_MS } from "./tickets.ts";
import { MAX_CHECKS, MAX_TOKENS, MAX_USERS } from "./user-callers.ts";

/** A bound that is built in, and what happens there. */
export interface Bound {
  readonly what: string;
  readonly bound: string;
  readonly whenFull: string;
}

/** The bounds of the server that no setting changes, for the page about settings. */
export const BOUNDS: readonly Bound[] = [
  { what: "address of a request", bound: `${MAX_URL_CHARACTERS} characters`, whenFull: "413" },
  { what: "header of a request", bound: "16 kB, by the runtime", whenFull: "431, and the connection is closed" },
  { what: "body of a request", bound: `${MAX_BODY_BYTES} bytes`, whenFull: "413" },
  { what: "time for a body to arrive", bound: "10 s", whenFull: "400" },
  {
    what: "for a request to be here whole; silence of a kept connection or an answer's reader",
    bound: "10 s",
    whenFull: "the connection is closed",
  },
  { what: "klines in one answer of several series", bound: String(MAX_BATCH_KLINES), whenFull: "400" },
  { what: "frame of a WebSocket", bound: `${MAX_FRAME_CHARACTERS} characters`, whenFull: "4501" },
  {
    what: "messages from a WebSocket",
    bound: `${MESSAGE_RATE.amount} at once, ${(1_000 * MESSAGE_RATE.amount) / MESSAGE_RATE.perMs} a second`,
    whenFull: "an error for each, and 4009 when it goes on",
  },
  { what: "channels of a WebSocket", bound: String(MAX_CHANNELS), whenFull: "4502" },
  { what: "what waits for a slow WebSocket and is never dropped", bound: "4 MB", whenFull: "4008" },
  {
    what: "silence of a WebSocket, pongs included",
    bound: `${SOCKET_IDLE_SECONDS} s`,
    whenFull: "the connection is closed",
  },
  {
    what: "tickets that are out",
    bound: `${MAX_TICKETS}, ${TICKET_MS / 1_000} s each`,
    whenFull: "the oldest is void",
  },
  {
    what: "addresses whose rate is remembered",
    bound: String(MAX_ADDRESSES),
    whenFull: "one that is as good as new makes room, else the oldest",
  },
  {
    what: "users whose rate is remembered",
    bound: String(MAX_USERS),
    whenFull: "one that is as good as new makes room, else the oldest",
  },
  { what: "users' tokens that are remembered", bound: String(MAX_TOKENS), whenFull: "the oldest is checked again" },
  { what: "users' tokens that are being checked", bound: String(MAX_CHECKS), whenFull: "503" },
  { what: "API keys", bound: String(MAX_KEYS), whenFull: "the command refuses" },
  { what: "requests whose reading is kept", bound: `twice ${MAX_KEPT_ADDRESSES}`, whenFull: "the older half goes" },
];
