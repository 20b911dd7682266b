import type { JSX } from "preact";
import { MARKET_NAMES, type MarketId } from "../../src/core/mod.ts";

/** Properties of the choice. */
export interface MarketChoiceProps {
  /** The markets that the server has. */
  readonly markets: readonly MarketId[];
  readonly market: MarketId;
  readonly onChoose: (market: MarketId) => void;
}

/** One market of several; nothing where there is no choice. A chosen market that the server doesn't have is offered, too. */
export function MarketChoice({ markets, market, onChoose }: MarketChoiceProps): JSX.Element | null {
  if (markets.length < 2 && markets.includes(market)) return null;
  return (
    <label class="field">
      <span>Market</span>
      <select value={market} onChange={(event) => onChoose(event.currentTarget.value as MarketId)}>
        {[...new Set([...markets, market])].map((one) => (
          <option key={one} value={one}>
            {MARKET_NAMES[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
