// How a browser hands a page on to those who do not see it, and to a printer: node page.mjs CHROMIUM PROFILE PAGE
//
// Asks Chromium through its protocol, over a pipe. Prints one JSON object: the accessibility tree as a list,
// how many pictures the page has, what of it a printer would leave out, and the PDF in base64.

import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const [chromium, profile, page] = process.argv.slice(2);
const browser = spawn(
  chromium,
  ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
);
const [, , , commands, answers] = browser.stdio;
const waiting = new Map();
let rest = '';
answers.on('data', (data) => {
  const parts = (rest + data).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const answer = JSON.parse(part);
    const told = waiting.get(answer.id);
    if (told) {
      waiting.delete(answer.id);
      if (answer.error) told.reject(new Error(JSON.stringify(answer.error)));
      else told.resolve(answer.result);
    }
  }
});
let last = 0;
const ask = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
  last += 1;
  waiting.set(last, { resolve, reject });
  commands.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
});

const { targetId } = await ask('Target.createTarget', { url: pathToFileURL(page).href });
const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
const of = (method, params) => ask(method, params, sessionId);
const evaluated = async (expression) => {
  const { result } = await of('Runtime.evaluate', { expression, returnByValue: true });
  return result.value;
};
while (await evaluated('document.readyState + location.protocol') !== 'completefile:') {
  await new Promise((next) => { setTimeout(next, 20); });
}
await of('Accessibility.enable');
const { nodes } = await of('Accessibility.getFullAXTree');
const tree = nodes.filter((node) => !node.ignored).map((node) => ({
  role: node.role?.value,
  name: node.name?.value ?? '',
  level: node.properties?.find((it) => it.name === 'level')?.value.value ?? null,
}));
const pictures = await evaluated('document.querySelectorAll("svg[role=img]").length');
await of('Emulation.setEmulatedMedia', { media: 'print', features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
// What is folded on a screen, and how it looks on paper.
const folded = () => evaluated(`[...document.querySelectorAll("details .part, details .fact")]
  .filter((it) => !it.checkVisibility({ contentVisibilityAuto: true }) || it.getBoundingClientRect().height === 0)
  .map((it) => it.closest("details").id)`);
// The styles of another medium are applied with the next frame, which comes late on a machine that has much to do.
let left_out = await folded();
for (const end = Date.now() + 10_000; left_out.length > 0 && Date.now() < end;) {
  await new Promise((next) => { setTimeout(next, 20); });
  left_out = await folded();
}
const paper = await evaluated(`(() => {
  const style = getComputedStyle(document.body);
  const shown = [...document.querySelectorAll(".skip, .back")]
    .filter((it) => getComputedStyle(it).display !== "none");
  return { text: style.color, ground: style.backgroundColor, shown: shown.length };
})()`);
const { data } = await of('Page.printToPDF', { printBackground: true });
console.log(JSON.stringify({ tree, pictures, left_out, paper, pdf: data }));
browser.kill();
