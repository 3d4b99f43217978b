// What people do in the portal, done in a real browser.
// Usage: node journey.mjs STORY URL PASSWORD APPLICATION; says each step that worked, ends with 0 when all did.
import { launch, logIn } from './browser.mjs';

const [story, url, password, app] = process.argv.slice(2);
const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();
page.setDefaultTimeout(20000);
const other = [];
page.on('request', (request) => { if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith('data:')) other.push(request.url()); });
page.on('dialog', (dialog) => dialog.accept());
const step = (text) => console.log(text);
const check = (holds, text) => { if (!holds) throw new Error(`not so: ${text}`); step(text); };
const health = (word) => page.waitForSelector(`.state .word.${word}`);

const STORIES = {
  async sync() {
    await page.goto(`${url}/applications?search=${app}&sync=OutOfSync`);
    check(page.url().includes('/login'), 'a deep link asks for a login first');
    await page.fill('#password', password);
    await page.click('button');
    await page.waitForSelector('table');
    check(page.url().includes(`search=${app}`), 'the login leads back to where one wanted to go');
    check(await page.locator('tbody tr').count() === 1, 'one Application among many is found');
    await page.click(`tbody a:text-is("${app}")`);
    await page.waitForSelector('text=Why');
    check((await page.textContent('.findings')).includes('differ') || (await page.textContent('.findings')).includes('missing'), 'the page says why it is not well');
    await page.click('.tabs a:text-is("Differences")');
    check(await page.locator('.diff ins').count() > 0, 'the difference is shown');
    await page.click('.tabs a:text-is("Sync")');
    check((await page.textContent('main')).includes('is made'), 'the plan says what the next sync makes');
    check((await page.textContent('[data-command]')).includes(`app sync ${app}`), 'the command that does the same is told');
    await page.check('input[name=prune]');
    check((await page.textContent('[data-command]')).includes('--prune'), 'the command follows what is chosen');
    await page.click('form:has([data-command]) button:text-is("Sync")');
    await health('Synced');
    await health('Healthy');
    step('it becomes healthy without a reload');
    check(await page.locator('.canvas svg a').count() >= 2, 'the tree is drawn');
    await page.focus('.canvas svg a >> nth=0');
    await page.keyboard.press('ArrowRight');
    check(await page.evaluate(() => document.activeElement.dataset.column === '1'), 'arrow keys lead through the tree');
  },
  async rollback() {
    await logIn(page, url, password);
    await page.goto(`${url}/applications/argocd/${app}`);
    await health('OutOfSync');
    await page.click('.head button:text-is("Sync")');
    await health('Synced');
    await page.click('.tabs a:text-is("History")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
    await page.click('a:text-is("roll back…")');
    await page.waitForSelector('h2:text-is("What it would change")');
    check(await page.locator('.patch .ins').count() > 0, 'the page says what the rollback would change');
    await page.click('button:text-is("Roll back to 0")');
    await health('OutOfSync');
    await page.click('.tabs a:text-is("History")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 3);
    step('a deployment is rolled back from the history');
  },
  async create() {
    await logIn(page, url, password);
    await page.click('nav a:has-text("Applications")');
    await page.click('a:text-is("New Application")');
    await page.fill('#name', 'Not Good');
    await page.click('button:text-is("Create")');
    check(await page.locator('[aria-invalid]').count() >= 3, 'what is wrong is told at its fields');
    await page.fill('#name', `${app}-made`);
    await page.fill('#repoURL', 'https://elsewhere.invalid/x');
    await page.fill('#namespace', 'made');
    await page.click('button:text-is("Check only")');
    await page.waitForSelector('text=Nothing is wrong with it');
    await page.click('button:text-is("Create")');
    await page.waitForSelector(`h1:text-is("${app}-made")`).catch(() => page.goto(`${url}/applications/argocd/${app}-made`));
    await page.waitForSelector('.findings li');
    step('an Application is made by form, and its page says where it stands');
    await page.click('a:text-is("Delete…")');
    await page.click(`button:text-is("Delete ${app}-made")`);
    await page.waitForSelector('h1:text-is("Applications")');
  },
  async logs() {
    await logIn(page, url, password);
    await page.goto(`${url}/applications/argocd/gitea`);
    await page.click('.tabs a:text-is("Logs")');
    await page.waitForFunction(() => document.querySelectorAll('.logs div').length > 0);
    const before = await page.locator('.logs div').count();
    await page.evaluate((target) => fetch(target), new URL('/gitea/api/v1/version', url).href);
    step(`logs are there (${before} lines)`);
  },
  async many() {
    await logIn(page, url, password);
    const began = Date.now();
    await page.goto(`${url}/applications`);
    await page.waitForSelector('tbody tr a');
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
    check(paint < 1000, `the first paint comes within a second (${Math.round(paint)} ms, ${Date.now() - began} ms in all)`);
    const bytes = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, each) => sum + each.encodedBodySize, 0));
    check(bytes < 500000, `the page weighs less than 500 KB (${bytes} bytes)`);
    const rows = () => page.locator('tbody tr:not(.spacer)').count();
    const low = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let at = 0; at < 60; at++) { await page.mouse.wheel(0, 1500); await page.waitForTimeout(30); }
    await page.waitForFunction(() => Number([...document.querySelectorAll('tbody tr[aria-rowindex]')].at(-1)?.getAttribute('aria-rowindex')) > 900);
    check(await rows() <= 300, `only rows in sight are in the page (${await rows()})`);
    const after = await page.evaluate(() => document.documentElement.scrollHeight);
    check(Math.abs(after - low) < low * 0.05, 'nothing jumps as rows come');
  },
  async refused() {
    await logIn(page, url, password, 'developer');
    check(await page.locator('h1:text-is("Overview")').count() === 1, 'a developer may look');
    await page.click('nav a:has-text("Objects")');
    check((await page.textContent('main')).includes('permission denied: clusters, get'), 'a role is told what it may not');
    await page.goto(`${url}/projects`);
    check((await page.textContent('main')).includes('No projects'), 'what a role may not see is not there');
  },
};

try {
  await STORIES[story]();
  check(other.length === 0, 'no other host was asked');
} catch (error) {
  console.error(`${error.message}\n${page.url()}\n${(await page.textContent('body')).slice(0, 1500)}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
