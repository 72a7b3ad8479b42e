/**
 * @file A face, [1, 28, 28]: the picture that the page begins with. Drawn as the digits are, of a few shapes.
 */
import {
  below, blob, Canvas, curve, ellipse, intersection, stroke, union, without,
} from '../../src/data/synthetic/draw.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

const BACKDROP = [0.2], SHIRT = [0.5], SHADE = [0.62], SKIN = [0.85], HAIR = [0.06], WHITE = [1];

export function face(): Tensor {
  const canvas = new Canvas([1, 28, 28]), { paint } = canvas;
  canvas.frame(14, 14, 1.25);
  paint(ellipse(0, 0, 40), BACKDROP);
  paint(ellipse(0, 13, 9, 6), SHIRT);
  paint(blob([-2.5, 3, 2.5, 3, 3, 9, 0, 10.5, -3, 9]), SHADE);
  const head = ellipse(0, -0.6, 5.6, 6.8);
  paint(union(ellipse(0, -2.8, 6.9, 6.6), ellipse(-5.4, 0, 1.6, 4), ellipse(5.4, 0, 1.6, 4)), HAIR);
  paint(head, SKIN);
  paint(intersection(without(ellipse(-1, -5.4, 7.4, 3.6), below(-3.4)), ellipse(0, -2.4, 6.8, 7)), HAIR);
  for (const x of [-2.3, 2.3]) {
    paint(ellipse(x, -0.9, 1.35, 0.95), WHITE);
    paint(ellipse(x + 0.1, -0.9, 0.75), HAIR);
    paint(stroke(curve([x - 1.4, -2.5, x, -3, x + 1.4, -2.5]), 0.25), HAIR, 0.8);
  }
  paint(stroke(curve([0, -0.6, -0.5, 1.4, 0.5, 1.6]), 0.25), SHADE);
  paint(stroke(curve([-1.9, 3.2, -0.8, 4.3, 0.8, 4.3, 1.9, 3.2]), 0.45), [0.35]);
  return canvas.toImage();
}
