export { type AccessOptions, EVERY_SCOPE } from "./access.ts";
export { type AddressList, isLoopback, PROXY_HEADERS, type ProxyHeader, parseAddressList } from "./addresses.ts";
export { ARROW_TYPE } from "./arrow.ts";
export { backtestAnswer } from "./backtest-answer.ts";
export { backtestRoutes } from "./backtest-routes.ts";
export { bytesOf, MAX_BODY_BYTES, parsed } from "./body.ts";
export { BOUNDS } from "./bounds.ts";
export { DEFAULT_CACHE_MB } from "./caches.ts";
export type { Caller } from "./caller.ts";
export { explainRoutes } from "./explain-routes.ts";
export { functionRoutes } from "./function-routes.ts";
export { functionTraders } from "./function-traders.ts";
export { importRoutes } from "./import-routes.ts";
export { changeKeyFile, readKeyFile } from "./keys/key-file.ts";
export {
  DEFAULT_KEY_RATE,
  isKeyName,
  isOrigin,
  type KeyRecord,
  parseKeyList,
  parseOrigins,
  parseScopes,
} from "./keys/key-record.ts";
export { KeyRing } from "./keys/key-ring.ts";
export { watchKeyFile } from "./keys/key-watch.ts";
export { keyHash, newKey } from "./keys/secret.ts";
export { mailRoutes } from "./mail-routes.ts";
export type { ServedMarket } from "./market-status.ts";
export { METRICS } from "./metric-table.ts";
export { missesRoutes } from "./misses-routes.ts";
export { outcomeRoutes } from "./outcome-routes.ts";
export type { PageAsset } from "./page-routes.ts";
export { performanceRoutes } from "./performance-routes.ts";
export { PRICES } from "./prices.ts";
export { RequestProblem } from "./problem.ts";
export { protocolPage } from "./protocol-page.ts";
export { parseRate, type Rate } from "./rate.ts";
export { type Route, route } from "./route.ts";
export type { ScreenFigures } from "./screen-figures.ts";
export { screenRoutes } from "./screen-routes.ts";
export { createServer, LOOPBACK_RATE, type RunningServer } from "./server.ts";
export type { SocketLimits } from "./sockets.ts";
export type { FollowedServer } from "./status.ts";
export { StoreMarket } from "./store-market.ts";
export { StoreView } from "./store-view.ts";
export { MIN_TICKET_SECRET_BYTES } from "./tickets.ts";
export type { CheckedToken, UserOptions } from "./user-callers.ts";
