import type { Brand } from "./brand.ts";
import { InvalidInput } from "./errors.ts";

/** A traded pair as the exchange names it, upper case: BTCUSDT. Letters of any script occur (币安人生USDT, since 2025-12). */
export type Symbol = Brand<string, "Symbol">;

/** The longest name that we take, in UTF-16 units; the exchange's own are under 30. */
const MAX_LENGTH = 64;

/** Reads a symbol; lower case is welcome. Throws {@link InvalidInput} for anything but letters, digits, `_`, `-` and `.`. */
export function parseSymbol(text: string): Symbol {
  if (!isSymbolText(text)) {
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new InvalidInput(
      `"${shown}" is not a symbol: expected 1 to ${MAX_LENGTH} letters or digits, for example BTCUSDT`,
    );
  }
  return text.toUpperCase() as Symbol;
}

/** Whether {@link parseSymbol} would take the text. */
export function isSymbolText(text: string): boolean {
  return text.length <= MAX_LENGTH && /^[\p{L}\p{M}\p{N}_.-]+$/u.test(text);
}
