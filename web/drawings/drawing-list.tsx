import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { openTimeOf } from "../../src/core/mod.ts";
import type { PaneState } from "../chart/pane-state.ts";
import type { Page } from "../shell/page.ts";
import { type ChartDrawing, DRAWING_KINDS, drawingWords } from "./drawing.ts";
import type { DrawingSession } from "./drawing-session.ts";
import { RemoveIcon } from "./icons.tsx";

/** Properties of a list. */
export interface DrawingListProps {
  readonly page: Page;
  readonly pane: PaneState;
  readonly session: DrawingSession;
  /** Digits behind the point of the symbol's prices. */
  readonly decimals: () => number;
}

/** The drawings of a symbol, newest first: go to one, set its prices, remove it. Escape closes it. */
export function DrawingList({ page, pane, session, decimals }: DrawingListProps): JSX.Element {
  const list = useRef<HTMLElement>(null);
  const before = useRef(document.activeElement);
  // At once: a key that follows may already be meant for a button of the list.
  useLayoutEffect(() => list.current?.focus(), []);
  const close = (): void => {
    session.isListOpen.value = false;
    if (before.current instanceof HTMLElement) before.current.focus();
  };
  const remove = (some: readonly ChartDrawing[]): void => {
    session.remove(some);
    // The button that had the focus is gone.
    list.current?.focus();
  };
  const drawings = session.shown.value;
  return (
    <section
      class="drawing-list"
      ref={list}
      tabIndex={-1}
      aria-label={`Drawings of ${session.symbol.value}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <header>
        <h3>Drawings of {session.symbol}</h3>
        {drawings.length > 1 ? (
          <button type="button" class="button" onClick={() => remove(drawings)}>
            Remove all
          </button>
        ) : null}
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      </header>
      {drawings.length === 0 ? (
        <p class="muted">There are none yet. Choose a tool in the bar beside the chart.</p>
      ) : null}
      <ul>
        {drawings.toReversed().map((drawing) => (
          <DrawingRow
            key={drawing.id}
            drawing={drawing}
            session={session}
            decimals={decimals()}
            onRemove={() => remove([drawing])}
            onGoTo={() => {
              session.selectedId.value = drawing.id;
              void goTo(page, pane, drawing);
            }}
          />
        ))}
      </ul>
    </section>
  );
}

function DrawingRow({
  drawing,
  session,
  decimals,
  onRemove,
  onGoTo,
}: {
  readonly drawing: ChartDrawing;
  readonly session: DrawingSession;
  readonly decimals: number;
  readonly onRemove: () => void;
  readonly onGoTo: () => void;
}): JSX.Element {
  const isSelected = session.selectedId.value === drawing.id;
  const words = drawingWords(drawing, decimals);
  return (
    <li>
      <button type="button" class="link" aria-current={isSelected} title="Go to it" onClick={onGoTo}>
        <span class={`dot swatch-${drawing.color}`} aria-hidden="true" />
        {words}
      </button>
      <button type="button" class="icon-button" aria-label={`Remove ${words}`} title="Remove" onClick={onRemove}>
        <RemoveIcon />
      </button>
      {isSelected ? (
        <span class="drawing-prices">
          {drawing.anchors.map(({ price }, at) => (
            <input
              key={`${drawing.id} ${at}`}
              type="number"
              min={10 ** -decimals}
              step={10 ** -decimals}
              value={price.toFixed(decimals)}
              aria-label={`Price ${drawing.anchors.length === 1 ? "" : `${at + 1} `}of the ${DRAWING_KINDS[drawing.kind].title.toLowerCase()}`}
              onChange={({ currentTarget }) => {
                session.setPrice(drawing, at, currentTarget.valueAsNumber);
                // What can't be a price is put back.
                currentTarget.value = (session.selected.peek()?.anchors[at]?.price ?? price).toFixed(decimals);
              }}
            />
          ))}
        </span>
      ) : null}
    </li>
  );
}

/** Brings a drawing's middle into sight, also where the chart hasn't loaded its candles. */
async function goTo({ market }: Page, { feed, chart }: PaneState, { anchors }: ChartDrawing): Promise<void> {
  const times = anchors.map(({ time }) => time);
  const middle = (Math.min(...times) + Math.max(...times)) / 2;
  const state = feed.state.peek();
  const [first, health] = [state?.klines[0], market.health.peek()];
  if (state !== undefined && health !== undefined && first !== undefined && middle < first.openTime) {
    await feed.goTo(openTimeOf(state.interval, middle), health.capacity);
  }
  chart.current?.goNear(middle);
}
