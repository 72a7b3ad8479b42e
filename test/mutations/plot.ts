/** @file What is made wrong in src/plot. */
import type { Table } from './engine.ts';

export const PLOT: Table = {
  'src/plot/bars.ts': [
    ['Math.max(1, Math.round(', 'Math.max(0, Math.round(', 'a small number has no bar'],
    ['bar.padStart(left)', 'bar.padEnd(left)', 'bars below zero begin at the left'],
    ['value < 0 ? `−${digits}`', 'value < 0 ? `${digits}`', 'no minus sign'],
  ],

  'src/plot/chart.ts': [
    ['PLOT.height * (1 - share)', 'PLOT.height * share', 'the chart stands on its head'],
    ['yOf(low)', 'yOf(high)', 'whiskers without a length'],
    ['row * ROW_HEIGHT', 'row * TOP', 'rows of panels lie over each other'],
    [' + (i % 2) * lower', '', 'names of ticks touch'],
    ['bottom + 38 + lower', 'bottom + 38', 'the name of the axis lies over those of the ticks'],
  ],

  'src/plot/svg.ts': [
    ['HEADING.line * (i + 0.8)', 'HEADING.line * 0.8', 'the lines of a title lie over each other'],
    ['HEADING.top + HEADING.line * lines.length', 'HEADING.top', 'a picture begins over its title'],
    ["title.trim() === ''", "title === ''", 'an axis may be named by a space'],
  ],

  'src/plot/axis.ts': [
    ['log ? Math.log10(value) : value', 'value', 'logarithmic axes are linear'],
    ['filter(Number.isFinite)', 'filter(() => true)', 'a gap moves the ends'],
    ["exponent < 0 ? '⁻' : ''", "''", 'a power of ten without its minus sign'],
  ],

  'src/plot/plane.ts': [
    ['bottom - height * py', 'TOP + height * py', 'the picture stands on its head'],
    ['px >= 0 && px <= 1 && py >= 0', 'py >= 0', 'lines go past the right end'],
  ],

  'src/plot/contour.ts': [
    ['p[2] / (p[2] - q[2])', '0.5', 'a contour through the middles'],
    ['[a, b, c], [a, c, d]', '[a, b, c]', 'half of each cell'],
    ['* i) / cells', '* i) / (cells + 1)', 'a contour that ends before its rectangle'],
  ],
};
