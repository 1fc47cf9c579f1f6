import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

// The page runs under a policy without anything inline: no preload shim, no data: scripts, and
// one hashed file of each kind, so that two builds of the same sources are the same bytes.
export default defineConfig({
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
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
  },
});
