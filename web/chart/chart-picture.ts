import type { ChartColors } from "./chart-colors.ts";

/** Above the chart, in CSS pixels. */
const HEAD_HEIGHT = 30;

/** The caption of the picture. */
export interface PictureWords {
  /** The series, such as "BTCUSDT 5m". */
  readonly title: string;
  /** Source and moment. */
  readonly note: string;
}

/** A picture of the chart that can stand alone: with its series, its source and when it was taken. */
export function chartPicture(chart: HTMLCanvasElement, words: PictureWords, colors: ChartColors): Promise<Blob> {
  const scale = devicePixelRatio;
  const head = Math.round(HEAD_HEIGHT * scale);
  const canvas = document.createElement("canvas");
  canvas.width = chart.width;
  canvas.height = chart.height + head;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser can't create pictures");
  context.fillStyle = colors.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(chart, 0, head);
  context.textBaseline = "middle";
  context.fillStyle = colors.text;
  context.font = `600 ${13 * scale}px ${colors.font}`;
  context.fillText(words.title, 12 * scale, head / 2);
  context.font = `${12 * scale}px ${colors.font}`;
  context.textAlign = "right";
  context.fillText(words.note, canvas.width - 12 * scale, head / 2);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error("the picture is too large")) : resolve(blob)),
      "image/png",
    );
  });
}
