// The SDK brings the machine's clock along, since a program that uses it has no composition root of ours.
export { systemClock } from "../client/mod.ts";
