// Takes a picture of every page, light, dark and narrow, and has axe look for what keeps people out.
// Usage: node screenshots.mjs URL PASSWORD FOLDER [PAGE...]; PORTAL_APP names the Application whose pages are taken.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { launch, logIn } from './browser.mjs';

const [url, password, folder, ...only] = process.argv.slice(2);
const axe = fs.readFileSync(createRequire(path.resolve(process.env.PORTAL_NODE ?? '.', 'x.js')).resolve('axe-core/axe.min.js'), 'utf8');
const APP = `/applications/argocd/${process.env.PORTAL_APP ?? 'gitea'}`;
const REPOSITORY = `${new URL(url).origin}/gitea/giteaAdmin/platform-config.git`;
const PAGES = {
  overview: '/', applications: '/applications', none: '/applications?search=nothing-like-this', application: APP, list: `${APP}?view=list`,
  sync: `${APP}/sync`, diff: `${APP}/diff`, operation: `${APP}/operation`, history: `${APP}/history`, deployment: `${APP}/history/0`, sources: `${APP}/sources`,
  logs: `${APP}/logs`, events: `${APP}/events`, manifests: `${APP}/manifests`, edit: `${APP}/edit`, delete: `${APP}/delete`, new: '/new',
  applicationsets: '/applicationsets', 'applicationset-new': '/applicationsets-new', packages: '/packages', timeline: '/timeline', objects: '/objects',
  pods: '/objects/core/v1/pods', object: '/objects/apps/v1/deployments/gitea/my-gitea', projects: '/projects', project: '/projects/default',
  'project-edit': '/projects/default/edit', 'project-yaml': '/projects/default/yaml', 'project-new': '/projects-new', clusters: '/clusters',
  'cluster-new': '/clusters-new', repositories: '/repositories', 'repository-new': `/repositories-new?url=${encodeURIComponent(REPOSITORY)}`,
  account: '/account', missing: '/nowhere',
};
// What stands behind a link of a page that is known only then.
const BEHIND = { resource: [APP, 'svg a[href*="/resource/"], .tree a[href*="/resource/"]'], commit: ['/timeline?kind=commit', 'a[href*="/commits?"]'] };
const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 800 } },
};

fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const serious = [];
const errors = [];
const wanted = (name) => !only.length || only.includes(name);
for (const [look, options] of Object.entries(LOOKS)) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, ...options });
  const page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('404')) errors.push(message.text()); });
  const judge = async (name) => {
    await page.screenshot({ path: path.join(folder, `${name}-${look}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) serious.push(`${look} ${name}: ${wide} pixels wider than the screen`);
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
    if (!wanted(name)) continue;
    await page.goto(url + where);
    if (name === 'logs') await page.waitForSelector('.logs div', { timeout: 3000 }).catch(() => {});
    await judge(name);
  }
  for (const [name, [where, link]] of Object.entries(BEHIND)) {
    if (!wanted(name)) continue;
    await page.goto(url + where);
    const target = await page.locator(link).first().getAttribute('href', { timeout: 3000 }).catch(() => null);
    if (target) { await page.goto(new URL(target, url).href); await judge(name); }
  }
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ serious, errors }));
