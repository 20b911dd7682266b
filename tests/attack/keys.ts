/** The key of a user who does nothing wrong but measure often, and the operator's, for metrics. */
export const HEALTHY_KEY = "vyx_healthy";
export const OPERATOR_KEY = "vyx_operator";

/** The key of an attacker: an ordinary one. */
export function attackerKey(attack: string): string {
  return `vyx_attacker_${attack}`;
}

/** The headers of a caller with a key, who sends JSON if anything. */
export function headersOf(key: string): Record<string, string> {
  return { "x-api-key": key, "content-type": "application/json" };
}
