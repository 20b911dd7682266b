import { copyText } from "../shell/copy-text.ts";
import type { Page } from "../shell/page.ts";
import { priceText } from "../text/price.ts";
import type { ChartMenuEntry } from "./chart-menu.ts";

/** Copies the price of a place as a plain number. Where the browser doesn't let it, the page shows the number. */
export function copyPriceEntry({ router }: Page): ChartMenuEntry {
  return {
    group: "copy",
    label: ({ price, decimals }) => `Copy price ${priceText(price, decimals)}`,
    run: ({ price, decimals }) => void copyPrice(router, price.toFixed(decimals)),
  };
}

async function copyPrice(router: Page["router"], text: string): Promise<void> {
  if (await copyText(text)) return;
  router.notice.value = `The browser doesn't let the page copy. The price is ${text}.`;
}
