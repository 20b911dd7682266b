// The SDK brings the machine's clock and chance along, since a program that uses it has no composition root of ours.
export { systemClock, systemRandom } from "../client/mod.ts";
