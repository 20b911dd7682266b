export type {
  ClosesAnswer,
  CoverageAnswer,
  HealthAnswer,
  KlinesAnswer,
  ReadyAnswer,
  SeriesAnswer,
  SymbolsAnswer,
} from "./answers.ts";
export { type Channel, channelName, parseChannel } from "./channel.ts";
export { CLOSE, type CloseCode } from "./close-codes.ts";
export { klineJson, tickerJson } from "./kline-json.ts";
export { PROTOCOL_VERSION, type ServerMessage, type SnapshotMessage } from "./messages.ts";
export { PROBLEM_TYPE, PROBLEMS, type Problem, type ProblemCode, problem } from "./problem.ts";
export { readRequest } from "./requests.ts";
