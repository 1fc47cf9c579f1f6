import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';

/** Pass the font's licence on with the font: the list of bundled licences knows scripts only. */
const fontLicense: Plugin = {
  name: 'font-license',
  async generateBundle() {
    const path = 'node_modules/@fontsource-variable/inter/LICENSE';
    const source = await this.fs.readFile(path, { encoding: 'utf8' });
    this.emitFile({ type: 'asset', fileName: 'static/license-font.txt', source });
  },
};

// The page runs under a policy without anything inline: no preload shim, no data: scripts, and
// one hashed file of each kind, so that two builds of the same sources are the same bytes.
export default defineConfig({
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), fontLicense],
  base: './',
  publicDir: false,
  build: {
    outDir: '../src/tallymark_collector/web/static',
    emptyOutDir: true,
    assetsDir: 'static',
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    // What is bundled is passed on with the page, so its licences are, too.
    license: { fileName: 'static/licenses.txt' },
  },
});
