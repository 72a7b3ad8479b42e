/**
 * @file Sections 2 and 3, the wall and the label: the shared gradient tensor by tensor, and what its last layer says.
 */
import { norm2 } from '../../src/tensor/vector.ts';
import { drawBars } from './bars.ts';
import { byId, element, write } from './dom.ts';
import type { SharedGradient } from './messages.ts';
import { numberText } from './numbers.ts';
import { showSigned } from './picture.ts';
import { labelOf, type Settings } from './settings.ts';

const tensors = byId('tensors', HTMLTableSectionElement);
const count = byId('count', HTMLElement);
const rules = byId('rules', HTMLTableSectionElement);

const RULES = {
  bias: 'smallest entry of ∂ℓ/∂b', 'inner-product': 'Eq. (4), inner products', 'row-sum': 'smallest row sum',
};

export function showGradient(gradient: SharedGradient, settings: Settings): void {
  const { data, windows, b, rowSums, inputSum, negativeSeed, labels } = gradient;
  write(count, numberText(data.length));
  tensors.replaceChildren(...windows.map(({ name, shape, from }) => {
    const numbers = data.subarray(from, from + shape.reduce((product, n) => product * n, 1));
    const largest = numbers.reduce((most, g) => Math.max(most, Math.abs(g)), 0), size = numberText(norm2(numbers));
    const said = `The gradient of ${name}: ${numbers.length} numbers, the largest ${numberText(largest)} in size`;
    const isBias = shape.length === 1;
    const canvas = element('canvas', { role: 'img', 'aria-label': said, class: isBias ? 'bias' : 'weight' });
    showSigned(canvas, numbers, isBias ? numbers.length : rowLength(numbers.length), largest);
    const head = element('th', { scope: 'row' }, element('code', {}, name));
    return element('tr', {}, head, element('td', {}, shape.join(' × ')), element('td', { class: 'number' }, size),
      element('td', {}, canvas));
  }));

  const label = labelOf(settings), found = new Map(labels.map(({ rule, label }) => [rule, label]));
  drawBars(byId('bias-bars', SVGSVGElement), 'The gradient of the last bias', b, found.get('bias')!);
  drawBars(byId('sum-bars', SVGSVGElement), 'Row sums of the last weights’ gradient', rowSums, found.get('row-sum')!);
  rules.replaceChildren(...labels.map(({ rule, label: said }) => element('tr', {},
    element('th', { scope: 'row' }, RULES[rule]), element('td', { class: 'number' }, String(said)),
    element('td', {}, said === label ? '✓ right' : `✗ wrong: it is ${label}`))));
  const sign = inputSum > 0 ? 'above zero: the row sums hang down where the left bars do'
    : 'below zero: the row sums are the left bars reversed, and the shortcut fails';
  write(byId('input-sum', HTMLElement), Number.isNaN(inputSum) ? '' : `Here Σa is ${numberText(inputSum)}, ${sign}.`);
  const button = byId('negative-seed', HTMLButtonElement);
  button.hidden = negativeSeed === undefined;
  button.value = String(negativeSeed);
  button.textContent = `With seed ${negativeSeed} it is below zero`;
}

/** The number of columns: a divisor of n, such that there are about six times as many columns as rows. */
function rowLength(n: number): number {
  const wished = Math.sqrt(6 * n), divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
  const far = (d: number): number => Math.abs(Math.log(d / wished));
  return divisors.reduce((best, d) => (far(d) < far(best) ? d : best));
}
