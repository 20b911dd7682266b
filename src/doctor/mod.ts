export { CHECKS } from "./check.ts";
export { examine } from "./examine.ts";
export type { ExchangesBeside } from "./exchange-beside.ts";
export { CHECK_NAMES, type CheckName, type Finding, USUAL_CHECKS } from "./finding.ts";
export { fireTestAlert } from "./test-alert.ts";
export { type Deployment, isThisMachine } from "./visit.ts";
