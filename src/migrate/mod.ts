export { checkRedis, checkSides } from "./check.ts";
export { type CompareReport, compareOnce, watch } from "./compare.ts";
export { DIFFERENCE_KINDS, type Difference, type DifferenceKind } from "./difference.ts";
export { type ImportReport, importCheckpoint } from "./import.ts";
export { DEFAULT_PRICE_PER_100K, type LatencyReport, measureLatency } from "./latency.ts";
export { probeFunctions } from "./probe.ts";
export { RedisSocket } from "./redis-socket.ts";
export { readSeriesOfBoth, type Sides } from "./sides.ts";
export { cutoverSteps, type MigrationStep, rollbackSteps } from "./steps.ts";
