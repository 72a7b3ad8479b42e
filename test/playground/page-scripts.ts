/**
 * @file What the tests have computed in the page, as text: it is no code of this process.
 */

/** The canvases that are neither hidden from nor named for those who cannot see them. */
export const NAMELESS = `Array.from(document.querySelectorAll('canvas, svg'))
  .filter((drawn) => !drawn.closest('[aria-hidden=true]'))
  .filter((drawn) => !['img', 'application'].includes(drawn.getAttribute('role')) ||
    !(drawn.getAttribute('aria-label') || drawn.getAttribute('aria-labelledby')))
  .map(({ id, outerHTML }) => id || outerHTML.slice(0, 80))`;

/**
 * The texts whose contrast with what is behind them is below AA: 4.5, or 3 for large ones, as WCAG 2.1 defines both.
 * What is behind an element is the nearest background that is not transparent.
 */
export const CONTRASTS = `(() => {
  const rgba = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, k) => {
    const v = colour[k] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.tagName === 'SCRIPT') continue;
    const isSvg = element instanceof SVGElement, colour = rgba(isSvg ? style.fill : style.color);
    const [high, deep] = [luminance(colour), luminance(behind(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (high + 0.05) / (deep + 0.05);
    seen++;
    if (contrast < (isLarge ? 3 : 4.5)) low.push(element.outerHTML.slice(0, 80) + ': ' + contrast.toFixed(2));
  }
  return { low, seen };
})()`;
