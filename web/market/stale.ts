import { ageText } from "../text/age.ts";
import type { ConnectionState } from "./connection-state.ts";

/** The reason why the prices on the page are not current. `feedFault`: why the server receives no data from the exchange. */
export function staleText(state: ConnectionState, ageMs: number | undefined, feedFault?: string): string {
  const age = ageMs === undefined ? "" : ` Last data ${ageText(ageMs)} ago.`;
  switch (state.kind) {
    case "connected":
      return `Prices are old: ${feedFault ?? `no data for ${ageText(ageMs ?? 0)}`}.`;
    case "connecting":
      return `Prices have stopped: connecting to the server.${age}`;
    case "silent":
      return `Prices have stopped: the server doesn't answer.${age}`;
    case "waiting":
      return `Prices have stopped: ${state.reason}.${age}`;
    case "lost":
      return `Disconnected: ${state.reason}. Reload the page to connect again.${age}`;
  }
}
