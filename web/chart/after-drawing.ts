import type { IPaneApi, IPanePrimitive, Time } from "lightweight-charts";

/**
 * Resolves right after the chart has drawn all that was asked of it. Only then may a screenshot be taken: while a change of
 * the time scale waits to be drawn, lightweight-charts' takeScreenshot never comes back (5.2.1 merges what waits with itself).
 */
export async function afterDrawing(pane: IPaneApi<Time>): Promise<void> {
  let witness: IPanePrimitive<Time> | undefined;
  await new Promise<void>((resolve) => {
    witness = {
      attached: ({ requestUpdate }) => requestUpdate(),
      paneViews: () => [{ renderer: () => ({ draw: () => resolve() }) }],
    };
    pane.attachPrimitive(witness);
  });
  if (witness !== undefined) pane.detachPrimitive(witness);
}
