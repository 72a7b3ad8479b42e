/**
 * @file The playground in a real browser: what a visitor does with it, what one who cannot see or has no mouse does,
 * and that it computes what `idlg attack` computes.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from '../check/test.ts';
import { until } from '../check/until.ts';
import * as assert from 'uvu/assert';
import { build } from '../../playground/build.ts';
import { readAddress } from '../../playground/page/settings.ts';
import { filesOf } from '../../playground/server.ts';
import { encodePng } from '../../src/data/png.ts';
import { toRaster } from '../../src/data/raster.ts';
import { digits } from '../../src/data/synthetic.ts';
import { attackCommand, type AttackReport } from '../../src/experiments/attack.ts';
import { view } from '../../src/tensor/tensor.ts';
import { Browser, findChromium, type Calls, type Page } from './browser.ts';
import { CONTRASTS, FRAME, HELD_WORKER, NAMELESS, RECORDER, STILL_CLOCK } from './page-scripts.ts';

const test = suite('playground');
const chromium = findChromium();

function addTests(program: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-playground-')), built = join(dir, 'dist');
  const asked: string[] = [], servers: Server[] = [];
  /** Where the page is, and where it is with workers that wait for the test: slice() there is one of an attack. */
  let browser: Browser, origin: string, held: string;

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return `http://localhost:${(server.address() as AddressInfo).port}/`;
  };
  test.before(async () => {
    build(built);
    const files = filesOf(built), worker = '/playground/page/worker.js';
    const script = HELD_WORKER + readFileSync(join(built, worker), 'utf8');
    origin = await serve((request, response) => {
      asked.push(request.url!);
      files(request, response);
    });
    held = await serve((request, response) => {
      if (request.url !== worker) return files(request, response);
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script);
    });
    browser = new Browser(program);
  });
  test.after(async () => {
    await browser.close();
    for (const server of servers) server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const IS_READY = "document.querySelector('#iDLG-mse').value && document.querySelector('#DLG-mse').value && " +
    "document.querySelector('#tensors tr') && document.getAnimations().length === 0";
  const IS_RECORDED = "document.querySelector('#record canvas')";

  /** A page at this address when it has its gradient and its starts; at the end there must be no error. */
  async function visit(
    hash: string,
    act: (page: Page) => Promise<void>,
    { at = origin, prepare = async () => {} }: { at?: string; prepare?: (page: Page) => Promise<unknown> } = {},
  ): Promise<void> {
    const page = await browser.open();
    try {
      await prepare(page);
      await page.prepend(RECORDER);
      await page.goto(at + hash);
      await page.until(IS_READY);
      await act(page);
      assert.equal(page.errors, []);
      // A picture that the visitor chose is read as blob:origin.
      const elsewhere = page.requests.filter((url) => !url.replace(/^blob:/, '').startsWith(at));
      assert.equal(elsewhere, [], 'no request to anywhere else');
    } finally {
      await page.close();
    }
  }

  const COMPUTED = /\/src\/(nn|optim|attack|layers|kernels|beyond)\//;
  /** What the page's own thread must leave to workers: a function without a name is run when its module is loaded. */
  const computing = (calls: readonly Calls[]): string[] =>
    calls.filter(({ url, name }) => COMPUTED.test(url) && name !== '' && name !== 'defenceTitle')
      .map(({ url, name, count }) => `${url}: ${name}, ${count} times`);
  /** What each worker was asked, in order. */
  const questionsOf = async (page: Page): Promise<string[]> => {
    const asked = await page.evaluate<string[]>("workers.map(({ asked }) => asked.map(({ ask }) => ask).join(' '))");
    return asked.sort();
  };
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

  const numberOf = async (page: Page, id: string): Promise<number> =>
    Number(await page.evaluate(`document.getElementById('${id}').value`));
  const hashOf = (page: Page): Promise<string> => page.evaluate('location.hash');
  /** What is on a canvas of 28 × 28, 0 to 255. */
  const greysOf = (page: Page, id: string): Promise<number[]> => page.evaluate(`(() => {
    const { data } = document.getElementById('${id}').getContext('2d').getImageData(0, 0, 28, 28);
    return Array.from({ length: 784 }, (_, i) => data[4 * i]);
  })()`);
  const chartNames = (page: Page): Promise<string[]> =>
    page.evaluate("Array.from(document.querySelectorAll('#chart svg'), (panel) => panel.getAttribute('aria-label'))");
  /** Chooses a value as a visitor does. */
  const set = (page: Page, id: string, value: string): Promise<void> => page.evaluate(`(() => {
    const control = document.getElementById('${id}');
    control.value = '${value}';
    for (const kind of ['input', 'change']) control.dispatchEvent(new Event(kind, { bubbles: true }));
  })()`);

  test('it is small; until it is there, its own thread does little, in small tasks, and no attack', async () => {
    asked.length = 0;
    await visit('#image=digit-3', async (page) => {
      const ofExamples = "paintings.filter(({ canvas }) => canvas.closest('.example'))";
      await page.until(`${ofExamples}.length === 11`);
      const files = new Set(asked.map((path) => (path === '/' ? '/index.html' : path)));
      const size = (paths: Iterable<string>): number =>
        sum(Array.from(paths, (path) => statSync(join(built, path)).size));
      const calls = await page.calls(), total = sum(calls.map(({ count }) => count));
      const scripts = new Set(calls.map(({ url }) => url.slice(origin.length)));
      const elements = await page.evaluate<number>("document.getElementsByTagName('*').length");
      console.log(`  ${asked.length} requests for ${files.size} files, ${size(files)} bytes; ${elements} elements; ` +
        `its own thread: ${scripts.size} scripts, ${size(scripts)} bytes, ${total} calls of functions`);
      assert.ok(size(files) < 300_000, `${size(files)} bytes`);
      // The page and its three workers share most of their modules; each asks for all of its own.
      assert.ok(asked.length <= 3 * files.size, `${asked.length} requests`);
      assert.ok(size(scripts) < 130_000, `${size(scripts)} bytes of scripts`);
      assert.ok(elements < 1500, `${elements} elements`);
      // Most of them draw the strokes of ten digits.
      assert.ok(total > 100_000 && total < 1_000_000, `${total} calls`);
      assert.equal(computing(calls), []);
      assert.equal(await questionsOf(page), ['attack', 'attack', 'gradient']);
      // The first task lays out the page and ends there; each example is drawn in a task of its own.
      assert.ok(await page.evaluate<number>('Math.min(...workers.map(({ inTimer }) => inTimer))') >= 1);
      const timers = await page.evaluate<number[]>(`${ofExamples}.map(({ timer }) => timer)`);
      assert.is(new Set(timers).size, 11, `${timers}`);
      // The requests of workers are seen too, so one to elsewhere would be.
      const ofWorkers = '/src/beyond/analytic/analytic.js';
      await until(ofWorkers, () => page.requests.some((url) => url.endsWith(ofWorkers)));
    }, { prepare: (page) => page.countCalls() });
  });

  test('every link to a file of the page has one', () => {
    let links = 0;
    for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.html')) continue;
      for (const [, to] of readFileSync(join(built, name), 'utf8').matchAll(/(?:href|src)="([^"#:]+)"/g)) {
        assert.ok(existsSync(join(built, dirname(name), decodeURI(to))), `${name}: ${to}`);
        links++;
      }
    }
    assert.ok(links > 300, `${links} links`);
  });

  test('the button recovers the picture by both methods; all of it is computed by workers', async () => {
    await visit('#image=digit-3', async (page) => {
      await page.calls();
      const before = await page.evaluate<number>('paintings.length');
      await page.click('begin');
      await page.until(IS_RECORDED);
      const calls = await page.calls(), total = sum(calls.map(({ count }) => count));
      assert.equal(computing(calls), []);
      assert.equal(await questionsOf(page), ['attack go', 'attack go', 'gradient']);
      for (const method of ['iDLG', 'DLG']) {
        assert.match(await page.text(`${method}-verdict`),
          /^label 3, right; MSE [\d.]+\s×\s10⁻.+\. Stopped: the objective is below the tolerance\.$/);
        assert.ok(await numberOf(page, `${method}-mse`) < 1e-6);
        assert.ok(await numberOf(page, `${method}-evaluations`) > 100);
        // It was told of while it went on, each iteration once.
        const looks = await page.evaluate<number[][]>(
          `looksOf('${method}').map(({ points }) => points.map(({ iteration }) => iteration))`);
        assert.ok(looks.length > 2, `${looks.length} looks`);
        assert.equal(looks.flat(), looks.flat().map((_, n) => n));
      }
      assert.match(await page.text('record'), /^digit 3, no defence✓ label 3, right.*✓ label 3, right/);
      assert.match(await page.text('status'), /^iDLG: label 3, right; MSE.* evaluations\. DLG: label 3, right; MSE/);
      await page.click('step');
      assert.match(await page.text('status'), /^Both attacks have ended; Reset/);
      // What is on the canvas is the digit, to the byte or one off it.
      const shown = await greysOf(page, 'iDLG-reconstruction');
      const { bytes } = toRaster(digits().example(3).image);
      assert.ok(shown.every((byte, i) => Math.abs(byte - bytes[i]) <= 1));
      // Each picture is drawn in a frame, one in each; where an attack has ended, at once.
      const frames = await page.evaluate<number[]>(`paintings.slice(${before})
        .filter(({ canvas }) => canvas.id === 'iDLG-reconstruction').map(({ frame }) => frame)`);
      const looks = await page.evaluate<number>("looksOf('iDLG').length + looksOf('DLG').length");
      console.log(`  ${looks} looks; the page's own thread: ${frames.length} paintings, ${total} calls`);
      const inFrames = frames.filter(Boolean);
      assert.is(new Set(inFrames).size, inFrames.length, `${frames}`);
      assert.ok(frames.at(-1) === 0 && frames.length - inFrames.length <= 2, `${frames}`);
      assert.ok(total < 20_000 * (looks + 2), `${total} calls for ${looks} looks`);
    }, { prepare: (page) => page.countCalls() });
  });

  test('start, pause, step, go on, reset', async () => {
    await visit('#image=digit-5&tolerance=1e-12', async (page) => {
      const iterations = (): Promise<number[]> =>
        Promise.all(['iDLG-iteration', 'DLG-iteration'].map((id) => numberOf(page, id)));
      const slices = (): Promise<boolean[]> => page.evaluate('slices()');
      const looks = (): Promise<number[]> => page.evaluate("['iDLG', 'DLG'].map((method) => looksOf(method).length)");
      /** Clicks while a slice of both attacks is under way, and returns when it is over. */
      const clickWithin = async (id: string, text: string): Promise<void> => {
        await page.evaluate(`void (window.underWay = slices(), document.getElementById('${id}').click())`);
        assert.is(await page.text('start'), text, 'the answer is at once');
        await page.evaluate('underWay');
      };
      assert.is(await page.text('start'), 'Start');
      assert.equal(await iterations(), [0, 0]);
      const atStart = await chartNames(page);
      assert.match(atStart[0], /: iDLG from (\S+) to \1 in 1 evaluation; DLG from (\S+) to \2 in 1 evaluation$/);
      assert.equal(await slices(), [false, false], 'nothing goes on by itself');

      // Each slice is shown: how far it is, and its picture, painted once.
      await page.click('start');
      assert.is(await page.text('start'), 'Pause');
      const timesPainted = "timesPainted(document.getElementById('iDLG-reconstruction'))";
      const painted = await page.evaluate<number>(timesPainted);
      for (let n = 1; n <= 4; n++) {
        const before = await iterations();
        assert.equal(await slices(), [true, true]);
        await page.until('areShown()');
        assert.ok((await iterations()).every((iteration, k) => iteration > before[k]));
        assert.is(await page.evaluate(timesPainted), painted + n);
        const image = await page.evaluate<number[]>("Array.from(looksOf('iDLG').at(-1).image)");
        const { bytes } = toRaster(view(Float64Array.from(image), [1, 28, 28]));
        assert.equal(await greysOf(page, 'iDLG-reconstruction'), [...bytes], `slice ${n}`);
      }

      const before = await looks();
      await clickWithin('start', 'Continue');
      assert.equal(await slices(), [false, false], 'the slice that was under way, no other');
      assert.equal(await looks(), before.map((count) => count + 1));
      assert.ok(await page.evaluate('areShown()'), 'what comes of it is drawn at once');
      const [iDLG, DLG] = await iterations();
      await page.click('step');
      await page.until(`document.getElementById('iDLG-iteration').value == ${iDLG + 1} && ` +
        `document.getElementById('DLG-iteration').value == ${DLG + 1}`);
      assert.equal(await slices(), [false, false], 'one step');

      await page.click('start');
      await page.evaluate("slices().then(() => document.getElementById('start').click())");
      assert.ok(await page.evaluate('areShown()'), 'what waited to be drawn is drawn by the click');
      for (let n = 0; n < 3; n++) {
        await page.click('start');
        await clickWithin('reset', 'Start');
        await page.until("areShown() && lastPointOf('iDLG').iteration === 0 && lastPointOf('DLG').iteration === 0");
        assert.equal(await slices(), [false, false]);
        await page.evaluate(FRAME);
        assert.equal(await chartNames(page), atStart, 'nothing of the run before comes after');
      }
    }, { at: held });
  });

  test('tanh: the shortcut of the row sums breaks, Eq. (4) holds', async () => {
    await visit('#image=digit-4', async (page) => {
      const rules = (): Promise<string[]> =>
        page.evaluate("Array.from(document.querySelectorAll('#rules tr'), (row) => row.textContent)");
      assert.ok((await rules()).every((row) => row.endsWith('4✓ right')));
      await page.click('tanh');
      assert.is(await hashOf(page), '#image=digit-4&activation=tanh');
      // With seed 0 the sum is above zero, and the page knows a seed with which it is not.
      await page.until("!document.getElementById('negative-seed').hidden");
      assert.match(await page.text('input-sum'), /^Here Σa is [^−]+, above zero/);
      await page.click('negative-seed');
      await page.until("/^Here Σa is −.*, below zero/.test(document.getElementById('input-sum').textContent)");
      assert.match(await hashOf(page), /^#image=digit-4&seed=\d+&activation=tanh$/);
      const [bias, product, sum] = await rules();
      assert.match(bias, /4✓ right$/);
      assert.match(product, /4✓ right$/);
      assert.match(sum, /✗ wrong: it is 4$/);
      assert.is(await page.evaluate("document.getElementById('negative-seed').hidden"), true);
    });
  });

  test('a defence: the slider, the address, the record', async () => {
    await visit('#image=digit-1', async (page) => {
      await set(page, 'defence', 'gaussian');
      await set(page, 'strength', '-4');
      assert.is(await hashOf(page), '#image=digit-1&defence=gaussian&strength=0.0001');
      await page.until("/changed by/.test(document.getElementById('change').textContent)");
      const said = await page.evaluate("document.getElementById('strength').getAttribute('aria-valuetext')");
      assert.is(said, '1.0\u00a0×\u00a010⁻⁴');
      await page.click('again');
      await page.until(IS_RECORDED);
      assert.match(await page.text('record'), /^digit 1, Gaussian noise, variance 0.0001✗ label 1, right; MSE /);
      await set(page, 'defence', 'int8');
      assert.is(await page.evaluate("document.getElementById('strength-field').hidden"), true);
      assert.is(await hashOf(page), '#image=digit-1&defence=int8');
    });
  });

  test('the analytic attack; its solution outlives a reset, not its settings', async () => {
    await visit('#image=digit-8&seed=2', async (page) => {
      await page.click('solve');
      await page.until("document.querySelector('#solution-layers tr')");
      const found = /^label 8, right; MSE .*10⁻².+ The equations determine/;
      assert.match(await page.text('solution-text'), found);
      assert.is(await page.evaluate("document.querySelectorAll('#solution-layers tr').length"), 3);
      await page.click('reset');
      assert.match(await page.text('solution-text'), found);
      await set(page, 'seed', '1');
      assert.is(await page.text('solution-text'), 'Not solved yet.');
    });
  });

  test('a drawing: with the mouse, in the address, and from a link as it was', async () => {
    let link = '';
    await visit('', async (page) => {
      await page.click('clear');
      const [left, top, side] = await page.evaluate<number[]>(`(() => {
        const pad = document.getElementById('pad');
        pad.scrollIntoView({ block: 'center' });
        const { x, y, width } = pad.getBoundingClientRect();
        return [x, y, width];
      })()`);
      const at = (x: number, y: number): [number, number] => [left + (x / 28) * side, top + (y / 28) * side];
      await page.drag([at(8, 6), at(19, 6), at(12, 22)]);
      await set(page, 'label', '7');
      link = await hashOf(page);
    });
    const { settings, unread } = readAddress(link);
    assert.equal([settings.label, unread], [7, []]);
    assert.ok(link.length < 600, `${link.length} characters`);
    await visit(link, async (page) => {
      assert.is(await hashOf(page), link);
      await page.click('start');
      await page.until("document.getElementById('iDLG-verdict').textContent");
      assert.match(await page.text('iDLG-verdict'), /^label 7, right/);
      assert.ok(await numberOf(page, 'iDLG-mse') < 1e-4);
    });
  });

  test('a link that is damaged is told, and the rest of it holds', async () => {
    await visit('#image=digit-2&seed=minus&line-search=none', async (page) => {
      assert.match(await page.text('status'), /^Not understood in this link.*: seed: expected .*, got "minus"\.$/);
      assert.is(await page.evaluate("document.getElementById('line-search').checked"), false);
      assert.is(await page.evaluate("document.getElementById('label').value"), '2');
      const shows = async (hash: string, label: string): Promise<void> => {
        await page.evaluate(`location.hash = '${hash}'`);
        await page.until(`document.getElementById('label').value === '${label}'`);
      };
      await shows('#attack', '2');
      assert.match(await page.text('status'), /^Not understood/, 'a place on the page changes nothing');
      await shows('#image=digit-4', '4');
      assert.is(await page.text('status'), '', 'what was not understood is past');
    });
  });

  test('a picture of one’s own; a damaged one is told and loses nothing', async () => {
    const good = join(dir, 'good.png'), bad = join(dir, 'bad.png'), wide = join(dir, 'wide.svg');
    const bytes = encodePng(toRaster(digits().example(6).image));
    writeFileSync(good, bytes);
    writeFileSync(bad, bytes.subarray(0, 60));
    // Black up to the middle, nothing from there on.
    const half = '<path d="M0 0H42V28H0"/>';
    writeFileSync(wide, `<svg xmlns="http://www.w3.org/2000/svg" width="84" height="28">${half}</svg>`);
    await visit('', async (page) => {
      await page.choose('file', good);
      await page.until("/^good.png, scaled to 28 × 28/.test(document.getElementById('status').textContent)");
      const link = await hashOf(page), { data } = digits().example(6).image;
      const kept = readAddress(link).settings;
      assert.ok(kept.image.length < 600 && kept.image !== 'face');
      await page.choose('file', bad);
      await page.until("/^bad.png is not a picture .* Nothing has changed/.test(" +
        "document.getElementById('status').textContent)");
      assert.is(await hashOf(page), link);
      const shown = await greysOf(page, 'pad');
      assert.ok(data.every((v, i) => Math.abs(shown[i] / 255 - v) < 0.02));
      await page.choose('file', wide);
      await page.until("/^wide.svg, scaled to 28 × 28/.test(document.getElementById('status').textContent)");
      const halves = (await greysOf(page, 'pad')).map((grey, i) => (i % 28 < 14 ? grey : 255 - grey));
      assert.ok(Math.max(...halves) < 8, 'the middle square; white where it is transparent');
      await page.evaluate("document.querySelector('input[value=digit-2]').click()");
      assert.is(await page.text('status'), '', 'what is said of a file goes with its picture');
    });
  });

  test('by keyboard alone: draw, start, see where one is', async () => {
    await visit('', async (page) => {
      const focus = (): Promise<string> => page.evaluate('document.activeElement.id || document.activeElement.name');
      const tabTo = async (id: string): Promise<void> => {
        for (let n = 0; n < 60; n++) {
          await page.press('Tab');
          if (await focus() === id) return;
        }
        assert.unreachable(`Tab never came to ${id}`);
      };
      await tabTo('begin');
      const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      assert.is(outline, 'solid', 'the focus is visible');
      await tabTo('example');
      await page.press('ArrowRight');
      assert.is(await hashOf(page), '#image=digit-0');
      await tabTo('pad');
      await page.press(' ');
      for (let n = 0; n < 6; n++) await page.press('ArrowDown');
      await page.press(' ');
      assert.match(await hashOf(page), /^#image=[\w*.-]{20,}/);
      assert.is(await page.text('status'), 'Pen up.');
      await tabTo('sigmoid');
      await page.press('ArrowRight');
      assert.match(await hashOf(page), /&activation=tanh$/);
      await tabTo('start');
      await page.press('Enter');
      assert.is(await page.text('start'), 'Pause');
      await page.press('Enter');
      assert.is(await page.text('start'), 'Continue');
      assert.is(await focus(), 'start', 'a button that changes its text keeps the focus');
    }, { at: held });
  });

  test('the accessibility tree: names and roles', async () => {
    await visit('#defence=gaussian', async (page) => {
      const { nodes } = await page.send('Accessibility.getFullAXTree');
      const said = (nodes as { ignored: boolean; role?: { value: string }; name?: { value: string } }[])
        .filter(({ ignored }) => !ignored).map(({ role, name }) => [role?.value ?? '', name?.value ?? '']);
      const names = (role: string): string[] => said.filter(([found]) => found === role).map(([, name]) => name);
      for (const role of [
        'button', 'radio', 'checkbox', 'combobox', 'spinbutton', 'slider', 'image', 'link', 'region', 'application',
      ]) {
        assert.ok(names(role).length > 0, role);
        assert.ok(names(role).every((name) => name.trim() !== ''), `${role}: ${names(role).join(' | ')}`);
      }
      for (const name of [
        'Steal it, live', 'Start', 'Step', 'Reset', 'Solve', 'Attack again', 'Run twenty seeds', 'Clear the pad',
      ]) assert.ok(names('button').includes(name), name);
      for (const name of ['face', 'digit 9', 'tanh', 'sigmoid, as in the paper']) {
        assert.ok(names('radio').includes(name), name);
      }
      assert.equal(names('slider'), ['Variance of the noise']);
      assert.ok(names('image').some((name) => name === 'iDLG, reconstruction'));
      assert.ok(names('image').some((name) => name.startsWith('The gradient of the last bias, classes 0 to 9: −')));
      assert.ok(names('image').some((name) => name.startsWith('The gradient of fc.0.weight: 5880 numbers')));
      assert.ok(names('image').some((name) => name.startsWith('Mean squared error on a logarithmic axis: iDLG')));
      assert.equal(names('status').sort(), ['Status', 'What the analytic attack found', 'What the defence changes']);
      assert.equal(names('heading').slice(0, 3), ['What a gradient gives away', '1 The client', '2 The wall']);
      assert.equal(await page.evaluate(NAMELESS), [], 'a canvas is an image or a pad, with a name, or hidden');
    });
  });

  test('contrast AA of every text, light and dark', async () => {
    await visit('#defence=gaussian', async (page) => {
      await page.click('step');
      for (const scheme of ['light', 'dark']) {
        await page.prefer({ 'prefers-color-scheme': scheme });
        const { low, seen } = await page.evaluate<{ low: string[]; seen: number }>(CONTRASTS);
        assert.ok(seen > 150, `${seen} texts`);
        assert.equal(low, [], scheme);
      }
    });
  });

  test('from 320 to 2,560 pixels nothing lies outside', async () => {
    await visit('#image=digit-3', async (page) => {
      for (const width of [320, 360, 640, 800, 1400, 2560]) {
        await page.resize(width, 900);
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), width);
      }
    });
  });

  test('little motion where that is preferred: a picture a second, what was asked for at once', async () => {
    const prepare = async (page: Page): Promise<void> => {
      await page.prefer({ 'prefers-reduced-motion': 'reduce' });
      await page.send('Emulation.setHardwareConcurrencyOverride', { hardwareConcurrency: 2 });
      await page.prepend(STILL_CLOCK);
    };
    await visit('#image=digit-3&tolerance=0.01', async (page) => {
      const timesPainted = async (selector: string): Promise<number[]> => {
        await page.evaluate(FRAME);
        return page.evaluate(`Array.from(document.querySelectorAll('${selector}'), timesPainted)`);
      };
      const isShown = "document.getElementById('iDLG-iteration').value == lastPointOf('iDLG')?.iteration";
      const [start = 0] = await timesPainted('#iDLG-reconstruction');
      await page.click('start');
      for (let n = 0; n < 2; n++) assert.is(await page.evaluate("slice('iDLG')"), true);
      assert.equal(await timesPainted('#iDLG-reconstruction'), [start], 'as long as the clock stands still');
      await page.evaluate('moveClock(999)');
      assert.equal(await timesPainted('#iDLG-reconstruction'), [start]);
      await page.evaluate('moveClock(1)');
      await page.until(isShown);
      assert.equal(await timesPainted('#iDLG-reconstruction'), [start + 1]);
      await page.evaluate("(async () => { for (const method of ['iDLG', 'DLG']) while (await slice(method)); })()");
      assert.is(await page.evaluate(isShown), true, 'the end is shown');
      assert.match(await page.text('iDLG-verdict'), /^label 3, right/);
      assert.equal(await timesPainted('#iDLG-reconstruction'), [start + 2]);

      await page.click('reset');
      for (let n = 0; n <= 3; n++) {
        if (n > 0) await page.click('step');
        await page.until(`document.getElementById('iDLG-iteration').value == ${n}`);
      }

      const old = await page.evaluate<number>('workers.length');
      await page.click('seeds-start');
      const slicesOfSeeds = `Promise.all(workers.slice(${old}).map(slice))`;
      assert.equal(await page.evaluate(slicesOfSeeds), [true, true]);
      await page.until(`Array.from(document.querySelectorAll('.seeds canvas')).filter(timesPainted).length === 2`);
      assert.equal(await page.evaluate(slicesOfSeeds), [true, true]);
      assert.equal((await timesPainted('.seeds canvas')).filter(Boolean), [1, 1], 'the starts');
      await page.evaluate(`(async () => {
        while (document.querySelectorAll('.seeds li[data-mse]').length < 2) await ${slicesOfSeeds};
        await ${slicesOfSeeds};
      })()`);
      const paints = (await timesPainted('.seeds canvas')).filter(Boolean);
      assert.ok(Math.max(...paints) <= 2, `${paints}`);
      const halfMade = (): Promise<number> => page.evaluate(`Array.from(
        document.querySelectorAll('.seeds li:not([data-mse]) canvas'),
        (canvas) => canvas.getContext('2d').getImageData(0, 0, 28, 28).data,
      ).filter((data) => data.some(Boolean)).length`);
      await page.evaluate('moveClock(1000)');
      await page.evaluate(FRAME);
      assert.is(await halfMade(), 2);
      await page.click('seeds-start');
      assert.is(await halfMade(), 0, 'a run that was stopped leaves nothing');
    }, { at: held, prepare });
  });

  /** What `idlg attack` makes of it. */
  const runsOf = (...args: readonly string[]): AttackReport['runs'] => {
    const said: string[] = [];
    attackCommand([...args, '--json'], { write: (text: string) => void said.push(text) });
    return (JSON.parse(said.join('')) as AttackReport).runs;
  };
  const COLUMNS: Readonly<Record<string, string>> = { idlg: 'iDLG', dlg: 'DLG' };
  /** The page's nth run is this one of the command line, to the last bit. */
  const expectRun = async (page: Page, run: AttackReport['runs'][number], n: number): Promise<void> => {
    const { method, label, evaluations, mse } = run;
    const found = await page.evaluate<Record<string, string>>(
      `({ ...document.querySelectorAll('#${COLUMNS[method]}-seeds li')[${n}].dataset })`);
    assert.equal(Object.values(found).map(Number), [mse, evaluations, label], `${method}, run ${n}`);
  };

  test('where the last iteration moves nothing, the page still has the evaluations of the command line', async () => {
    await visit('#image=digit-3&tolerance=1e-25', async (page) => {
      assert.is(await page.text('command'), 'npm start -- --index 3 --seed 0 --tolerance 1e-25');
      await page.click('start');
      await page.until("document.getElementById('iDLG-verdict').textContent");
      const [{ evaluations, mse }] = runsOf('--index', '3', '--tolerance', '1e-25', '--method', 'idlg');
      assert.is(await page.evaluate("lastPointOf('iDLG').evaluations"), evaluations - 1);
      assert.is(await numberOf(page, 'iDLG-evaluations'), evaluations);
      assert.is(await numberOf(page, 'iDLG-mse'), mse);
      assert.ok((await chartNames(page))[0].includes(` in ${evaluations} evaluations`));
    });
  });

  test('twenty seeds without a line search: those that get stuck end too, as on the command line', async () => {
    await visit('#image=digit-1&seed=3&line-search=none&tolerance=0.01', async (page) => {
      await page.click('seeds-start');
      await page.until("/^Twenty seeds\\. iDLG: 20 of 20 done: .* DLG: 20 of 20 done: /.test(" +
        "document.getElementById('status').textContent)");
      const stops = new Set<string>();
      for (const seed of [4, 7, 9]) {
        const shared = ['--index', '1', '--seed', String(seed), '--line-search', 'none', '--tolerance', '0.01'];
        for (const run of runsOf(...shared)) {
          await expectRun(page, run, seed - 3);
          stops.add(run.stop);
        }
      }
      assert.equal([...stops].sort(), ['change', 'gradient', 'objective']);
    });
  });

  test('twenty seeds stay within what a seed may be', async () => {
    await visit('#seed=4294967290', async (page) => {
      const last = await page.evaluate("document.querySelector('#DLG-seeds li:last-child').textContent");
      assert.is(last, '4294967295');
    });
  });

  test('the page and `idlg attack` agree to the last bit, for ten seeds and both methods', async () => {
    await visit('#image=digit-3&tolerance=0.01', async (page) => {
      assert.is(await page.text('command'), 'npm start -- --index 3 --seed 0 --tolerance 1e-2');
      await page.click('seeds-start');
      assert.is(await page.text('seeds-start'), 'Stop');
      await page.until(`['iDLG', 'DLG'].every((method) => Array.from(
        document.querySelectorAll('#' + method + '-seeds li')).slice(0, 10).every(({ dataset }) => dataset.mse))`);
      assert.match(await page.text('iDLG-rates'), /^\d+ of 20 done: \d+ found the label, \d+ the image\.$/);
      await page.click('seeds-start');
      for (let seed = 0; seed < 10; seed++) {
        const runs = runsOf('--index', '3', '--seed', String(seed), '--tolerance', '0.01');
        assert.is(runs.length, 2);
        for (const run of runs) await expectRun(page, run, seed);
      }
    });
  });
}

if (!chromium) {
  test.skip('in a browser', 'no chromium was found; CHROMIUM=path names one');
} else addTests(chromium);
test.run();
