import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ChartMenu, OpenMenu } from "./chart-menu.ts";
import { nextItem } from "./menu-keys.ts";

/** Properties of the view. */
export interface ChartMenuViewProps {
  readonly menu: ChartMenu;
  /** The chart, which gets the focus back where nothing else had it. */
  readonly chart: RefObject<HTMLElement | null>;
}

/** The menu of a chart, while it is open. Arrows, Home, End and first letters go through it; Escape, Tab and a press outside close it. */
export function ChartMenuView({ menu, chart }: ChartMenuViewProps): JSX.Element | null {
  const open = menu.open.value;
  return open === undefined ? null : <OpenMenuView menu={menu} chart={chart} open={open} />;
}

function OpenMenuView({ menu, chart, open }: ChartMenuViewProps & { readonly open: OpenMenu }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    if (list.current === null) return;
    keepInside(list.current, open);
    itemsOf(list.current)[0]?.focus({ preventScroll: true });
  }, [open]);
  const close = (): void => {
    menu.close();
    const isBack = before.current instanceof HTMLElement && before.current !== document.body;
    (isBack ? (before.current as HTMLElement) : chart.current)?.focus({ preventScroll: true });
  };
  useEffect(() => {
    const leave = (event: Event): void => {
      if (!(event.target instanceof Node && list.current?.contains(event.target))) menu.close();
    };
    addEventListener("pointerdown", leave, { capture: true });
    addEventListener("hashchange", leave);
    addEventListener("resize", leave);
    return () => {
      removeEventListener("pointerdown", leave, { capture: true });
      removeEventListener("hashchange", leave);
      removeEventListener("resize", leave);
    };
  }, [menu]);
  return (
    <div
      class="chart-menu"
      role="menu"
      tabIndex={-1}
      aria-label="What to do here"
      ref={list}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        // The page's own keys wait until the menu is closed.
        event.stopPropagation();
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape" || event.key === "Tab") close();
        else if (!focusBy(event.key, itemsOf(event.currentTarget))) return;
        event.preventDefault();
      }}
    >
      {open.entries.map(({ group, text, run }, at) => (
        <button
          key={text}
          type="button"
          role="menuitem"
          tabIndex={-1}
          data-begins-group={at > 0 && open.entries[at - 1]?.group !== group}
          onClick={() => {
            close();
            run();
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** Puts the menu at its point, or beside it where it would leave the chart. */
function keepInside(list: HTMLElement, { x, y }: OpenMenu): void {
  const around = list.offsetParent ?? document.body;
  list.style.left = `${Math.max(0, Math.min(x, around.clientWidth - list.offsetWidth))}px`;
  list.style.top = `${Math.max(0, Math.min(y, around.clientHeight - list.offsetHeight))}px`;
}

function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role="menuitem"]')];
}

/** Moves the focus as a key asks; false for a key that asks for nothing. */
function focusBy(key: string, items: readonly HTMLElement[]): boolean {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = nextItem(
    key,
    at,
    items.map((item) => item.textContent ?? ""),
  );
  if (next === undefined) return false;
  items[next]?.focus();
  return true;
}
