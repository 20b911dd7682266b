import type { Bound } from "../core/mod.ts";
import {
  DATABASE_PLACES,
  DATABASE_WAIT_MS,
  ENGINE_CONNECTIONS,
  MAX_FUNCTION_BODY_BYTES,
  MAX_SIGNALS_PER_DAY,
  MAX_UNFINISHED_PER_OWNER,
} from "../traders/mod.ts";
import { BODY_WITHIN_MS, MAX_PACKED_KLINES } from "../wire/mod.ts";
import { MAX_SMALL_BYTES } from "./answer.ts";
import { STALLED_AFTER_MS } from "./backlog.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { CACHES } from "./caches.ts";
import { DELIVERIES_PER_SOCKET, DELIVERY_RATE, DELIVERY_UNIT_CHARACTERS } from "./delivery-allowance.ts";
import { MAX_MEMBERS } from "./facades/upstash/commands.ts";
import { SPARE_BYTES, SPARE_TIMES, WRITTEN_WITHIN_MS } from "./facades/upstash/kept-file.ts";
import { MAX_ALL_TEXTS, MAX_TEXTS } from "./facades/upstash/kept-texts.ts";
import { MAX_COMMANDS, MAX_MEMBERS_PER_REQUEST } from "./facades/upstash/routes.ts";
import { WINDOW_BYTES } from "./flight-window.ts";
import { FRAME_RATE } from "./frame-allowance.ts";
import { MAX_WAITING_FRAME_CHARACTERS, MAX_WAITING_FRAMES } from "./frame-turns.ts";
import { MAX_CHANNELS } from "./hub.ts";
import { MAX_KEYS } from "./keys/key-file.ts";
import { MAX_KEY_CHARACTERS } from "./keys/key-ring.ts";
import { MAX_BATCH_KLINES, MAX_WHOLE_KLINES } from "./kline-routes.ts";
import { LOOP_SLICE_MS } from "./loop-turns.ts";
import { MAX_READ_AHEAD_MS, MIN_READ_BYTES_PER_SECOND, READ_GRACE_MS } from "./open-answer.ts";
import { MAX_KEPT_BYTES } from "./outbox.ts";
import { MAX_LIST } from "./parameters.ts";
import {
  MAX_ANSWERS_AT_ONCE,
  MAX_EXCHANGE_QUESTIONS,
  MAX_PAGE_KLINES,
  MAX_PAST_MINUTES,
  MAX_STREAM_KLINES,
} from "./past/bounds.ts";
import { EXCHANGE_WITHIN_MS, MAX_KEPT_BLOCKS, MAX_OPEN_QUESTIONS } from "./past/exchange-blocks.ts";
import { MAX_FILES } from "./past/files-route.ts";
import { MAX_REFUSALS_IN_A_ROW, MAX_URL_CHARACTERS } from "./pipeline.ts";
import { ANSWER_WITHIN_SECONDS, REQUEST_IDLE_SECONDS, WORDS_UP_TO_BYTES } from "./server.ts";
import { MAX_WAITING_SIGNALS, MAX_WAITING_SIGNALS_PER_OWNER } from "./signal-fan-out.ts";
import { MAX_FRAME_CHARACTERS } from "./socket-requests.ts";
import { CONTROL_RATE, MAX_UNSENT_BYTES, MESSAGE_RATE, REFUSAL_RATE, SOCKET_IDLE_SECONDS } from "./sockets.ts";
import { TICKET_MS } from "./tickets.ts";
import { MAX_CHECKS, MAX_CHECKS_AGAIN, MAX_TOKEN_CHARACTERS } from "./user-callers.ts";
import { MAX_WAITING_BYTES, MAX_WAITING_BYTES_PER_CALLER } from "./waiting-bytes.ts";

/** The bounds of the server that no setting changes, by what they are about. A row is all that docs/limits.md needs. */
export const BOUNDS: Readonly<Record<string, readonly Bound[]>> = {
  Requests: [
    { what: "address of a request", bound: `${MAX_URL_CHARACTERS} characters`, whenFull: "413" },
    {
      what: "requests over a caller's rate in a row",
      bound: String(MAX_REFUSALS_IN_A_ROW),
      whenFull: "429 as before, and the connection is closed",
    },
    {
      what: "answers of klines beyond memory that are put together at once",
      bound: String(MAX_ANSWERS_AT_ONCE),
      whenFull: "the others wait, callers in turn",
    },
    {
      what: "klines of an answer beyond memory",
      bound: `${MAX_PAGE_KLINES} as JSON, ${MAX_STREAM_KLINES} as Arrow`,
      whenFull: "400",
    },
    {
      what: "minutes of the history that an answer rolls up; questions that it asks the exchange",
      bound: `${MAX_PAST_MINUTES}; ${MAX_EXCHANGE_QUESTIONS}`,
      whenFull: "the answer ends there, and `next` says where the rest is",
    },
    {
      what: "questions for history to an exchange that are open at once; time for one",
      bound: `${MAX_OPEN_QUESTIONS}; ${EXCHANGE_WITHIN_MS / 1_000} s`,
      whenFull: "the answer is what there is, with `settled: false`",
    },
    {
      what: "answers of an exchange's history that are kept",
      bound: `${MAX_KEPT_BLOCKS}, about 90 kB each`,
      whenFull: "the one that was used longest ago goes",
    },
    {
      what: "files in an answer of `GET /history/files`",
      bound: String(MAX_FILES),
      whenFull: "`hasMore`, and the rest with `after`",
    },
    { what: "header of a request", bound: "16 kB, by the runtime", whenFull: "431, and the connection is closed" },
    { what: "body of a request", bound: `${MAX_BODY_BYTES} bytes`, whenFull: "413" },
    { what: "body of a request to /functions/v1/*", bound: `${MAX_FUNCTION_BODY_BYTES} bytes`, whenFull: "413" },
    {
      what: "body of any request, by the runtime",
      bound: megabytes(WORDS_UP_TO_BYTES),
      whenFull: "413 without a word, and the connection is closed",
    },
    {
      what: "time for the body of any request to arrive",
      bound: `${BODY_WITHIN_MS / 1_000} s`,
      whenFull: "400, and the connection is closed",
    },
    {
      what: "for a request to be here whole; silence of a kept connection or an answer's reader",
      bound: `${REQUEST_IDLE_SECONDS} s`,
      whenFull: "the connection is closed",
    },
    {
      what: "for an answer that isn't ready at once, a screen for example",
      bound: `${ANSWER_WITHIN_SECONDS} s`,
      whenFull: "the connection is closed",
    },
    { what: "names in a list of an address", bound: String(MAX_LIST), whenFull: "400" },
    { what: "klines in one answer of several series", bound: String(MAX_BATCH_KLINES), whenFull: "400" },
    { what: "commands of Redis in one request to /upstash/pipeline", bound: String(MAX_COMMANDS), whenFull: "400" },
    {
      what: "members in the answer of one command, and in those of one request",
      bound: `${MAX_MEMBERS}, ${MAX_MEMBERS_PER_REQUEST}`,
      whenFull: "the command fails",
    },
    {
      what: "texts `lastProcessed:…` that are kept for a caller, and for all",
      bound: `${MAX_TEXTS}, ${MAX_ALL_TEXTS}`,
      whenFull: "the oldest go",
    },
    {
      what: "their file in the data folder, and changes that wait for it",
      bound: `${SPARE_TIMES} times what it holds and ${SPARE_BYTES / 1024 ** 2} MB; ${MAX_ALL_TEXTS}, ${WRITTEN_WITHIN_MS} ms`,
      whenFull: "it is written anew, as a whole",
    },
    { what: "API keys", bound: String(MAX_KEYS), whenFull: "the command refuses", metric: "vyx_keys" },
    { what: "text that is looked at as an API key", bound: `${MAX_KEY_CHARACTERS} characters`, whenFull: "401" },
    { what: "text that is looked at as a user's token", bound: `${MAX_TOKEN_CHARACTERS} characters`, whenFull: "401" },
    { what: "users' tokens that are being checked", bound: String(MAX_CHECKS), whenFull: "503" },
    {
      what: "checks under way past which tokens that are known aren't checked again",
      bound: String(MAX_CHECKS_AGAIN),
      whenFull: "they are checked when they are next looked at",
    },
  ],
  "The event loop": [
    {
      what: "long work in one go",
      bound: `${LOOP_SLICE_MS} ms`,
      whenFull: "everything else is served, then it goes on, callers in turn",
      metric: "vyx_event_loop_lag_p99_seconds",
    },
    {
      what: "bodies that are compressed at once, in the runtime's threads",
      bound: "as many as there are processors but one, at least 1",
      whenFull: "the others wait, callers in turn",
    },
  ],
  "Answers that wait to be read": [
    {
      what: "klines of an answer that is made whole",
      bound: String(MAX_WHOLE_KLINES),
      whenFull: "it is made piece by piece, as its reader takes it",
      metric: "vyx_answers_open",
    },
    {
      what: "bytes of an answer made for one request that aren't counted while they wait, facts and lists for example",
      bound: `${MAX_SMALL_BYTES / 1024} kB`,
      whenFull: "it is sent piece by piece and counted",
      metric: "vyx_answers_open",
    },
    {
      what: "whole answers that wait to be read on one connection",
      bound:
        "what the system takes for a connection, 4 MB as a rule: the runtime answers no further request on it before they are read. All of a caller's together: what its rate pays for, about 150 kB a token. Answers that many ask for share the server's memory",
      whenFull: `a reader that takes nothing for ${REQUEST_IDLE_SECONDS} s is disconnected`,
    },
    {
      what: "connections by HTTP",
      bound:
        "none: the runtime tells the server of a connection with its first request only, and has no limit of its own",
      whenFull: `silent ones are closed after ${REQUEST_IDLE_SECONDS} s; bound their number in the proxy in front, by \`limit_conn\` in nginx or \`maxconn\` in HAProxy`,
    },
    {
      what: "bytes that wait for one caller, HTTP and WebSocket together",
      bound: megabytes(MAX_WAITING_BYTES_PER_CALLER),
      whenFull: "503 with Retry-After for a new large answer; 4008 for the slowest WebSocket",
      metric: "vyx_answers_refused_total",
    },
    {
      what: "bytes that wait for all callers",
      bound: megabytes(MAX_WAITING_BYTES),
      whenFull: "the slowest reader of a caller with more is cut, else as for one caller",
      metric: "vyx_waiting_bytes",
    },
    {
      what: "what the reader of a large answer takes on average",
      bound: `${MIN_READ_BYTES_PER_SECOND / 1024} kB/s after the first ${READ_GRACE_MS / 1_000} s, and never ${MAX_READ_AHEAD_MS / 1_000} s behind what it took before`,
      whenFull: "the connection is closed",
      metric: "vyx_answers_cut_total",
    },
  ],
  "The traders' database": [
    {
      what: "calls of the functions to the database of one caller, waiting or under way",
      bound: String(DATABASE_PLACES.perCaller),
      whenFull: "429 with Retry-After",
      metric: 'vyx_database_calls_refused_total{why="caller"}',
    },
    {
      what: "calls of the functions to the database of all callers",
      bound: String(DATABASE_PLACES.total),
      whenFull: "503 with Retry-After",
      metric: 'vyx_database_calls_refused_total{why="total"}',
    },
    {
      what: "wait of such a call for its turn",
      bound: `${DATABASE_WAIT_MS / 1_000} s`,
      whenFull: "503 with Retry-After",
      metric: 'vyx_database_calls_refused_total{why="wait"}',
    },
    {
      what: "such calls under way",
      bound: `1 with the embedded database; with PostgreSQL, all connections but ${ENGINE_CONNECTIONS}`,
      whenFull: "the others wait, callers in turn; the engine's own statements don't wait in this queue",
      metric: "vyx_database_calls_waiting",
    },
    {
      what: "runs of one owner's traders that are queued or under way",
      bound: String(MAX_UNFINISHED_PER_OWNER),
      whenFull: "later closes are queued when some have ended, as missed ones are",
      metric: "vyx_trader_backlog_seconds",
    },
    {
      what: "signals that one owner's traders store in a UTC day, on one server",
      bound: String(MAX_SIGNALS_PER_DAY),
      whenFull: "their runs fail and say so, until the next day",
      metric: 'vyx_executions_total{status="failed"}',
    },
  ],
  WebSockets: [
    { what: "frame of a WebSocket", bound: `${MAX_FRAME_CHARACTERS} characters`, whenFull: "4501" },
    {
      what: "messages from a WebSocket",
      bound: `${MESSAGE_RATE.amount} at once, ${(1_000 * MESSAGE_RATE.amount) / MESSAGE_RATE.perMs} a second`,
      whenFull: `an error for each; after ${REFUSAL_RATE.amount} of them, and ${(60_000 * REFUSAL_RATE.amount) / REFUSAL_RATE.perMs} more a minute, 4009`,
      metric: "vyx_messages_refused_total",
    },
    {
      what: "messages of a WebSocket that wait for the one before them to be read, and their characters",
      bound: `${MAX_WAITING_FRAMES} and ${MAX_WAITING_FRAME_CHARACTERS}`,
      whenFull: "as for messages over the rate",
      metric: "vyx_messages_refused_total",
    },
    {
      what: "pings from a WebSocket, and pongs that answer no ping of the server's",
      bound: `${CONTROL_RATE.amount} at once, ${(1_000 * CONTROL_RATE.amount) / CONTROL_RATE.perMs} a second`,
      whenFull: "4009",
      metric: "vyx_messages_refused_total",
    },
    {
      what: "frames that one message of a WebSocket is sent in",
      bound:
        "none: the runtime joins them and tells the server of the whole message only. A client that sends nothing but empty ones as fast as it can delayed other callers by about half a second (measured)",
      whenFull: "they are read and dropped",
    },
    {
      what: "characters from all WebSockets of a caller",
      bound: `${FRAME_RATE.amount} at once and in ${FRAME_RATE.perMs / 1_000} s`,
      whenFull: "as for messages",
      metric: "vyx_messages_refused_total",
    },
    {
      what: "bytes of a WebSocket that the runtime holds unsent",
      bound: megabytes(MAX_UNSENT_BYTES),
      whenFull: "the connection is closed (1006)",
    },
    { what: "channels of a WebSocket", bound: String(MAX_CHANNELS), whenFull: "4502", metric: "vyx_subscriptions" },
    {
      what: `updates of the market to all WebSockets of a caller; one of more than ${DELIVERY_UNIT_CHARACTERS} characters, or bytes of a binary frame, counts once for each begun ${DELIVERY_UNIT_CHARACTERS}`,
      bound: `${DELIVERY_RATE.amount} at once, ${(1_000 * DELIVERY_RATE.amount) / DELIVERY_RATE.perMs} a second; ${DELIVERIES_PER_SOCKET} a second for each socket that the caller may have (--sockets-per-caller), where that is more`,
      whenFull:
        "open klines and tickers conflate to the newest state until half of it is there again; closed klines and closes wait",
      metric: "vyx_paced_sockets_total",
    },
    {
      what: "klines of a binary frame (`format=packed`)",
      bound: String(MAX_PACKED_KLINES),
      whenFull: "another frame follows",
    },
    {
      what: "signals that wait to be sent to one owner's WebSockets, and to all",
      bound: `${MAX_WAITING_SIGNALS_PER_OWNER} and ${MAX_WAITING_SIGNALS}`,
      whenFull: "4008 for that owner's, or for those of the owner with most of them",
      metric: "vyx_signals_waiting",
    },
    {
      what: "what waits for a slow WebSocket and is never dropped",
      bound: megabytes(MAX_KEPT_BYTES),
      whenFull: "4008",
      metric: 'vyx_slow_closes_total{reason="backlog"}',
    },
    {
      what: "time in which a client takes nothing of what waits for its WebSocket",
      bound: `${STALLED_AFTER_MS / 1_000} s`,
      whenFull: "4008",
      metric: 'vyx_slow_closes_total{reason="stalled"}',
    },
    {
      what: "what a WebSocket with snapshots or other messages waiting is sent ahead of its pongs",
      bound: `${WINDOW_BYTES / 1024} kB`,
      whenFull: "the rest waits, snapshots as a few numbers each",
      metric: "vyx_pending_snapshots",
    },
    {
      what: "silence of a WebSocket, pongs included",
      bound: `${SOCKET_IDLE_SECONDS} s`,
      whenFull: "the connection is closed",
    },
    { what: "age of a ticket", bound: `${TICKET_MS / 1_000} s`, whenFull: "it is refused", metric: "vyx_tickets" },
  ],
  Caches: Object.entries(CACHES).map(([name, { holds, maxBytes, whenFull }]) => ({
    what: holds,
    bound: megabytes(maxBytes),
    whenFull,
    metric: `vyx_cache_bytes{cache="${name}"}`,
  })),
};

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`;
}
