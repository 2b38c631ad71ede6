import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['CASEMENT_URL'] ?? 'http://localhost:3000';

export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Everything from 'self': no data: URLs, so the content security policy can stay narrow.
    assetsInlineLimit: 0,
    // One sheet from the start: a page opened while the connection was lost would stay without its own.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: {
      '^/(api|auth|model|files|forms|reports|documents|search|events|jobs|health|openapi)(/|\\.|\\?|$)': {
        target: server,
      },
    },
  },
});
