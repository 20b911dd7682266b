import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PaneState } from "../chart/pane-state.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { DRAWING_KINDS, type DrawingKind } from "./drawing.ts";
import type { DrawingSession, DrawingTool } from "./drawing-session.ts";
import { ListIcon, PenIcon, RedoIcon, ToolIcon, UndoIcon } from "./icons.tsx";
import { Toolbar } from "./toolbar.tsx";

/** Properties of the bar. */
export interface DrawingBarProps {
  readonly page: Page;
  /** The chart that is drawn on. */
  readonly pane: PaneState;
}

const TOOLS: readonly DrawingTool[] = [...(Object.keys(DRAWING_KINDS) as DrawingKind[]), "measure"];

/** The tools for drawing on a chart, beside it. Where there is little room, they are behind a button. */
export function DrawingBar({ page, pane }: DrawingBarProps): JSX.Element {
  const session = pane.drawings.value;
  const isOpen = useSignal(false);
  const able = useComputed(() => {
    const { book, symbol } = pane.drawings.value ?? {};
    return book?.able(symbol?.value ?? "") ?? { undo: false, redo: false };
  });
  const current = useRef(pane);
  current.current = pane;
  const drawn = (): DrawingSession | undefined => current.current.drawings.peek();
  useShortcuts(page, {
    name: "Drawing",
    shortcuts: [
      { keys: ["z"], isWithControl: true, isOutsideFields: true, says: "undo", run: () => drawn()?.undo() },
      { keys: ["Z", "y"], isWithControl: true, isOutsideFields: true, says: "redo", run: () => drawn()?.redo() },
      ...TOOLS.map((tool) => ({ keys: [], says: titleOf(tool).toLowerCase(), run: () => takeUp(tool, drawn()) })),
      { keys: ["Enter"], says: "place at the crosshair" },
      { keys: ["Delete"], says: "remove the selected drawing" },
      { keys: ["Alt ←", "Alt ↑"], says: "move it" },
    ],
  });
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isInside = event.target instanceof Node && bar.current?.contains(event.target);
      if (isEscape || (!(event instanceof KeyboardEvent) && !isInside)) isOpen.value = false;
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [isOpen]);
  const run = (act: (session: DrawingSession) => void): void => {
    isOpen.value = false;
    if (session !== undefined) act(session);
  };
  return (
    <div class="drawing-bar" ref={bar} data-open={isOpen}>
      <button
        type="button"
        class="icon-button drawing-bar-opener"
        aria-expanded={isOpen}
        aria-label="Draw"
        title="Draw"
        onClick={() => {
          isOpen.value = !isOpen.peek();
        }}
      >
        <PenIcon />
      </button>
      <Toolbar class="drawing-tools" label="Drawing" isVertical>
        {TOOLS.map((tool) => (
          <BarButton
            key={tool}
            name={titleOf(tool)}
            keys={tool === "measure" ? "drag with Shift" : undefined}
            isPressed={session?.tool.value === tool}
            onClick={() => run((one) => takeUp(tool, one))}
          >
            <ToolIcon tool={tool} />
          </BarButton>
        ))}
        <BarButton name="Undo" keys="Ctrl Z" isDisabled={!able.value.undo} onClick={() => session?.undo()}>
          <UndoIcon />
        </BarButton>
        <BarButton name="Redo" keys="Ctrl Shift Z" isDisabled={!able.value.redo} onClick={() => session?.redo()}>
          <RedoIcon />
        </BarButton>
        <BarButton
          name="List of drawings"
          isPressed={session?.isListOpen.value === true}
          onClick={() =>
            run((one) => {
              one.isListOpen.value = !one.isListOpen.peek();
            })
          }
        >
          <ListIcon />
        </BarButton>
      </Toolbar>
    </div>
  );
}

/** Chooses a tool; the chart gets the focus, for the crosshair. */
function takeUp(tool: DrawingTool, session: DrawingSession | undefined): void {
  session?.choose(tool);
  session?.focusChart();
}

/** Beside the chart a picture; in the menu of a phone its name, too. */
function BarButton(props: {
  readonly name: string;
  readonly keys?: string | undefined;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { name, keys, isPressed, isDisabled = false, onClick, children } = props;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      aria-pressed={isPressed}
      title={keys === undefined ? name : `${name} (${keys})`}
      // It stays where it is for the keyboard, also while there is nothing to undo.
      aria-disabled={isDisabled}
      onClick={isDisabled ? undefined : onClick}
    >
      {children}
      <span class="tool-name">{name}</span>
    </button>
  );
}

function titleOf(tool: DrawingTool): string {
  return tool === "measure" ? "Measure" : DRAWING_KINDS[tool].title;
}
