/** A report on paper; Handlebars, rendered like every document. */
export const PAGE_TEMPLATE = `<!doctype html>
<html lang="{{language}}">
  <head>
    <meta charset="utf-8" />
    <title>{{title}}</title>
    <style>
      @page { size: A4; margin: 15mm 14mm; }
      * { box-sizing: border-box; }
      body { margin: 0; color: #1d2733; font: 9pt/1.4 "Noto Sans", "DejaVu Sans", sans-serif; }
      header { display: flex; justify-content: space-between; gap: 10mm; padding-bottom: 4mm; border-bottom: 0.5mm solid #1f5f8b; }
      .firm { font-size: 13pt; font-weight: 700; color: #1f5f8b; }
      .logo { display: block; max-width: 50mm; max-height: 15mm; margin-bottom: 1mm; }
      .requisites { text-align: right; font-size: 8pt; color: #55616e; white-space: pre-line; }
      h1 { margin: 6mm 0 1mm; font-size: 15pt; }
      .about { margin: 0 0 3mm; color: #55616e; }
      table { width: 100%; border-collapse: collapse; margin-top: 4mm; }
      th, td { padding: 1.2mm 1.6mm; text-align: left; vertical-align: top; border-bottom: 0.2mm solid #d5dbe1; overflow-wrap: anywhere; }
      th { font-weight: 600; border-bottom-color: #8a97a4; }
      thead { display: table-header-group; }
      tr { break-inside: avoid; }
      .number { text-align: right; white-space: nowrap; }
      tfoot td { font-weight: 600; border-bottom: 0; }
    </style>
  </head>
  <body>
    <header>
      <div>
        {{#if organisation.logo.data}}<img class="logo" src="{{organisation.logo.data}}" alt="" />{{/if}}
        <div class="firm">{{organisation.name}}</div>
      </div>
      <div class="requisites">{{organisation.address}}
{{organisation.phone}} {{organisation.email}}</div>
    </header>
    <h1>{{title}}</h1>
    <p class="about">{{description}}</p>
    <p class="about">{{period}}{{#each parameters}} · {{title}}: {{text}}{{/each}} · {{made}}</p>
    <table>
      <thead><tr>{{#each columns}}<th scope="col"{{#if isNumber}} class="number"{{/if}}>{{title}}</th>{{/each}}</tr></thead>
      <tbody>
        {{#each rows}}<tr>{{#each this}}<td{{#if isNumber}} class="number"{{/if}}>{{text}}</td>{{/each}}</tr>
        {{/each}}
      </tbody>
      <tfoot><tr>{{#each totals}}<td{{#if isNumber}} class="number"{{/if}}>{{text}}</td>{{/each}}</tr></tfoot>
    </table>
    {{#if details}}
    <table>
      <thead><tr>{{#each details.columns}}<th scope="col">{{this}}</th>{{/each}}</tr></thead>
      <tbody>
        {{#each details.rows}}<tr>{{#each this}}<td>{{this}}</td>{{/each}}</tr>
        {{/each}}
      </tbody>
    </table>
    {{/if}}
    {{#if further}}<p class="about">{{further}}</p>{{/if}}
  </body>
</html>
`;
