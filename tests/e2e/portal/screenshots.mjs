// Takes a picture of every page, light, dark and narrow, and has axe look for what keeps people out.
// Usage: node screenshots.mjs URL PASSWORD FOLDER [PAGE...]
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { launch, logIn } from './browser.mjs';

const [url, password, folder, ...only] = process.argv.slice(2);
const axe = fs.readFileSync(createRequire(path.join(process.env.PORTAL_NODE ?? '.', 'x.js')).resolve('axe-core/axe.min.js'), 'utf8');
const APP = '/applications/argocd/gitea';
const PAGES = {
  overview: '/', applications: '/applications', application: APP, plan: `${APP}/plan`, history: `${APP}/history`, events: `${APP}/events`,
  manifests: `${APP}/manifests`, edit: `${APP}/edit`, new: '/new', applicationsets: '/applicationsets', packages: '/packages',
  timeline: '/timeline', objects: '/objects', pods: '/objects/core/v1/pods', object: '/objects/apps/v1/deployments/gitea/my-gitea',
  projects: '/projects', clusters: '/clusters', repositories: '/repositories', account: '/account', missing: '/nowhere',
};
const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 800 } },
};

fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const serious = [];
const errors = [];
for (const [look, options] of Object.entries(LOOKS)) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, ...options });
  const page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('404')) errors.push(message.text()); });
  const judge = async (name) => {
    await page.screenshot({ path: path.join(folder, `${name}-${look}.png`), fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    for (const violation of found.violations.filter((each) => ['serious', 'critical'].includes(each.impact))) {
      serious.push(`${look} ${name}: ${violation.id}: ${violation.nodes[0].html.slice(0, 160)}`);
    }
  };
  await page.goto(`${url}/login`);
  await judge('login');
  await logIn(page, url, password);
  for (const [name, where] of Object.entries(PAGES)) {
    if (only.length && !only.includes(name)) continue;
    await page.goto(url + where);
    await judge(name);
  }
  await page.goto(url + APP);
  const logs = await page.locator('a[href*="/logs/"]').first().getAttribute('href').catch(() => null);
  if (logs && !only.length) { await page.goto(new URL(logs, url).href); await page.waitForSelector('.logs div', { timeout: 2000 }).catch(() => {}); await judge('logs'); }
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ serious, errors }));
