import type { ChartColors } from "./chart-colors.ts";
import type { PictureText, PictureWords } from "./picture-words.ts";

/** Of the words above the chart, in CSS pixels: the height of a line, the margin at the sides, and the space between two texts. */
const LINE_HEIGHT = 20;
const MARGIN = 12;
const GAP = 14;

/** A picture of the chart that can stand alone: with its series, its legend, its source and when it was taken. */
export function chartPicture(chart: HTMLCanvasElement, words: PictureWords, colors: ChartColors): Promise<Blob> {
  const scale = devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = chart.width;
  const context = contextOf(canvas);
  const fonts = { title: `600 ${13 * scale}px ${colors.font}`, text: `${12 * scale}px ${colors.font}` };
  context.font = fonts.text;
  const lines = wrapped(words.legend, canvas.width - 2 * MARGIN * scale, GAP * scale, (text) => width(context, text));
  const head = Math.round((LINE_HEIGHT * (1 + lines.length) + MARGIN) * scale);
  // A canvas of another size forgets its fonts.
  canvas.height = chart.height + head;
  context.fillStyle = colors.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(chart, 0, head);
  context.textBaseline = "middle";
  const middleOf = (line: number): number => (LINE_HEIGHT * (line + 0.5) + MARGIN / 2) * scale;
  context.fillStyle = colors.text;
  context.font = fonts.title;
  context.fillText(words.title, MARGIN * scale, middleOf(0));
  context.font = fonts.text;
  context.textAlign = "right";
  context.fillText(words.note, canvas.width - MARGIN * scale, middleOf(0));
  context.textAlign = "left";
  for (const [at, line] of lines.entries()) {
    for (const { text, color, x } of line) {
      context.fillStyle = color;
      context.fillText(text, MARGIN * scale + x, middleOf(1 + at));
    }
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error("the picture is too large")) : resolve(blob)),
      "image/png",
    );
  });
}

/** A text with its place in its line. */
interface PlacedText extends PictureText {
  readonly x: number;
}

/** The texts in lines of a width, side by side as far as they fit. */
export function wrapped(
  texts: readonly PictureText[],
  most: number,
  gap: number,
  widthOf: (text: string) => number,
): readonly (readonly PlacedText[])[] {
  const lines: PlacedText[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const wide = widthOf(text.text);
    if (x + wide > most) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ ...text, x });
    x += wide + gap;
  }
  return lines;
}

function width(context: CanvasRenderingContext2D, text: string): number {
  return context.measureText(text).width;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser can't create pictures");
  return context;
}
