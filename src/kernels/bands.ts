/**
 * @file How a product of images is divided so that few zeros of a border are multiplied; skip on first reading.
 *
 * The sum for window i runs over the taps u whose pixels lie inside the image, and at an edge some do not. Windows with
 * the same taps inside make a band. (7 windows of kernel 5 with padding 2, stride 1: windows 0, 1, 5 and 6 lack two or
 * one of the taps, each in its own way, and windows 2, 3 and 4 lack none: five bands.)
 *
 * The idea: each band is a product of its own, without the taps that it lacks. They would only multiply by zeros, which
 * is 31 % of the work for those 7×7 windows. But every product first copies its rows of A. So a product is divided by
 * rows and columns of windows, by rows alone, or not at all, whichever costs least. Each sum is the same in all three.
 */
import type { ProductPlaces } from './product.ts';

/** What a sum is for, such as windows, and what it runs over, such as taps, along one side of an image. */
export interface Side {
  readonly sums: number;
  readonly terms: number;
  /** Whether a term of a sum lies inside the image; those of a sum that do are consecutive. */
  readonly isInside: (sum: number, term: number) => boolean;
}

/** Consecutive sums and the consecutive terms that all of them have. */
export interface Band {
  readonly sum: number;
  readonly sums: number;
  readonly term: number;
  readonly terms: number;
}

/** The bands of sums with the same terms; sums without any are in none. */
export function bandsOf({ sums, terms, isInside }: Side): Band[] {
  const bands: Band[] = [];
  for (let sum = 0; sum < sums; sum++) {
    const inside = Array.from({ length: terms }, (_, term) => term).filter((term) => isInside(sum, term));
    if (inside.length === 0) continue;
    const own = { sum, sums: 1, term: inside[0], terms: inside.length }, last = bands[bands.length - 1];
    const isSame = last?.term === own.term && last.terms === own.terms && last.sum + last.sums === sum;
    if (isSame) bands[bands.length - 1] = { ...last, sums: last.sums + 1 };
    else bands.push(own);
  }
  return bands;
}

/** The cost of copying a number of A, in multiply-adds. */
const COPY = 10;

/**
 * The cheapest division into products.
 * @param layers the columns of the product for each sum: images, or channels.
 * @param placesOf the product for a band of rows and one of columns.
 */
export function divide(
  rows: Side, columns: Side, layers: number, placesOf: (rows: Band, columns: Band) => ProductPlaces,
): ProductPlaces[] {
  const whole = ({ sums, terms }: Side): Band[] => [{ sum: 0, sums, term: 0, terms }];
  const divisions = [[whole(rows), whole(columns)], [bandsOf(rows), whole(columns)], [bandsOf(rows), bandsOf(columns)]];
  const pairs = divisions.map(([vertical, horizontal]) =>
    vertical.flatMap((v) => horizontal.map((h) => [v, h] as const)));
  const costs = pairs.map((all) => all.reduce((sum, [v, h]) =>
    sum + v.terms * h.terms * (layers * v.sums * h.sums + COPY), 0));
  return pairs[costs.indexOf(Math.min(...costs))].map(([v, h]) => placesOf(v, h));
}
