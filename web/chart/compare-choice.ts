import { type Signal, signal } from "@preact/signals";
import { MOST_COMPARED } from "./compared.ts";

/** The study colours that compared symbols have, from 1 on, one after the other. */
const COLORS = [5, 2, 3, 4] as const;

/** The number of the study colour of the symbol at a place. */
export function comparedColor(at: number): number {
  return COLORS[at % COLORS.length] ?? COLORS[0];
}

/** The symbols that all charts are compared with. They stand in the address alone. */
export class CompareChoice {
  readonly symbols: Signal<readonly string[]> = signal([]);

  /** False when there are as many already as there may be. */
  add(symbol: string): boolean {
    const symbols = this.symbols.peek();
    if (symbols.includes(symbol)) return true;
    if (symbols.length >= MOST_COMPARED) return false;
    this.symbols.value = [...symbols, symbol];
    return true;
  }

  remove(symbol: string): void {
    this.symbols.value = this.symbols.peek().filter((one) => one !== symbol);
  }

  take(symbols: readonly string[]): void {
    if (String(symbols) !== String(this.symbols.peek())) this.symbols.value = symbols;
  }
}
