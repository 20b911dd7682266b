export { ALERT_LIMITS, priceAlertBounds } from "./bounds.ts";
export { sideOf } from "./crossing.ts";
export { AlertEvaluator, type Changes } from "./evaluator.ts";
export { type AlertLine, linePriceAt } from "./line.ts";
export type { Extremes, PastMinutes } from "./minute-figures.ts";
export { momentOf, type SeenPrice } from "./price-steps.ts";
export type { AlertSide, Firing, SideChange, WatchedAlert } from "./watched-alert.ts";
export { conditionText, eventDetails, eventTitle, figureText } from "./words.ts";
