export { upstreamExchange } from "./upstream/exchange.ts";
export { isKeyBare, type UpstreamLine, upstreamLine } from "./upstream/line.ts";
export type { WantedMarket } from "./upstream/serves.ts";
export { Upstream } from "./upstream/upstream.ts";
