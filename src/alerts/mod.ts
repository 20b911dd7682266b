export { EVENT_LIMITS, priceAlertBounds } from "./bounds.ts";
export { sideOf } from "./crossing.ts";
export { AlertEvaluator } from "./evaluator.ts";
export { linePriceAt } from "./line.ts";
export type { Extremes, PastMinutes } from "./minute-figures.ts";
export { momentOf, type SeenPrice } from "./price-steps.ts";
export type { Firing, SideChange, WatchedAlert } from "./watched-alert.ts";
export { conditionText, eventDetails, eventTitle } from "./words.ts";
