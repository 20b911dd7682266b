/** A named list of symbols. */
export interface Watchlist {
  readonly name: string;
  readonly symbols: readonly string[];
}

/** The longest name of a list, in characters. */
export const MOST_NAME_CHARACTERS = 40;

/** The longest symbol that is read, in characters. */
const MOST_SYMBOL_CHARACTERS = 64;

/** Whether a list may have this name. */
export function isListName(name: string): boolean {
  return name.length > 0 && name.length <= MOST_NAME_CHARACTERS && !name.startsWith("#") && !/[\r\n]/.test(name);
}

/** Lists as text: `# Name` on a line of its own, then a symbol on each line. */
export function writeLists(lists: readonly Watchlist[]): string {
  return lists.map(({ name, symbols }) => [`# ${name}`, ...symbols].join("\n")).join("\n\n");
}

/**
 * Reads lists from text: `# Name`, then symbols on lines of their own or separated by commas. Symbols before the first name belong to a
 * list called `first`. Lists with the same name become one. TradingView's exports, with `###Name` and `BINANCE:BTCUSDT`, are read, too.
 */
export function readLists(text: string, first: string): Watchlist[] {
  const lists = new Map<string, Set<string>>();
  const listOf = (name: string): Set<string> => {
    const list = lists.get(name) ?? new Set();
    lists.set(name, list);
    return list;
  };
  let name = first;
  for (const item of text.split(/[\r\n,]+/).map((one) => one.trim())) {
    const head = /^#+\s*(.*)$/.exec(item)?.[1]?.trim();
    if (head !== undefined) {
      name = head === "" ? first : head.slice(0, MOST_NAME_CHARACTERS).trim();
      listOf(name);
    } else if (item !== "") {
      for (const symbol of item.split(/\s+/)) listOf(name).add(canonical(symbol.slice(0, MOST_SYMBOL_CHARACTERS)));
    }
  }
  return [...lists].map(([listName, symbols]) => ({ name: listName, symbols: [...symbols] }));
}

/** Binance's spot symbols are written without their exchange here. */
function canonical(symbol: string): string {
  const upper = symbol.toUpperCase();
  return /^BINANCE:[^.]+$/.test(upper) ? upper.slice("BINANCE:".length) : upper;
}
