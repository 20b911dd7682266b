export type {
  ClosesAnswer,
  CoverageAnswer,
  HealthAnswer,
  KlinesAnswer,
  ReadyAnswer,
  SeriesAnswer,
  SymbolsAnswer,
  TickersAnswer,
} from "./answers.ts";
export { type Channel, channelName, parseChannel } from "./channel.ts";
export { CLOSE, type CloseCode, shouldReconnect } from "./close-codes.ts";
export { klineJson, tickerJson } from "./kline-json.ts";
export {
  type AckMessage,
  type CloseMessage,
  type ErrorMessage,
  type HelloMessage,
  type KlineMessage,
  type PongMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type SnapshotMessage,
  type TickerMessage,
  type TickersMessage,
} from "./messages.ts";
export { PROBLEM_TYPE, PROBLEMS, type Problem, type ProblemCode, problem } from "./problem.ts";
export { type ClientRequest, MAX_CHANNELS_PER_REQUEST, type ReadRequest, readRequest } from "./requests.ts";
