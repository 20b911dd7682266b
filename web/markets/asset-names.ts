import { type Signal, signal } from "@preact/signals";

/** A lot of a cheap asset that exchanges trade as one: 1000PEPE, 1000000MOG, 1MBABYDOGE. */
const LOT = /^(?:1000+|1M)(?=[A-Z])/;

/** The names of assets by ticker. The table is fetched after the page has started; until then, no asset has a name. */
export class AssetNames {
  readonly #names: Signal<ReadonlyMap<string, string>> = signal(new Map());

  /** Fetches the table. `load` resolves with its text. If it can't be loaded, the page works without names. */
  async start(load: () => Promise<string>): Promise<void> {
    const text = await load().catch(() => "");
    this.#names.value = parseAssetNames(text);
  }

  /** The name of an asset; undefined where it is unknown. */
  of(asset: string): string | undefined {
    const names = this.#names.value;
    return names.get(asset) ?? names.get(asset.replace(LOT, ""));
  }
}

/** Reads lines of a ticker and a name. */
export function parseAssetNames(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf(" ");
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
