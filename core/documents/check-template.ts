import Handlebars from 'handlebars';

/**
 * Refuses what a template has no need of: text put in without escaping, partials and decorators. Throws an Error that names the line.
 * `source` must be a string: a ready syntax tree would be run as code.
 */
export function checkTemplate(source: unknown): void {
  if (typeof source !== 'string') throw new Error('A template is a text.');
  new TemplateCheck().accept(Handlebars.parse(source));
}

class TemplateCheck extends Handlebars.Visitor {
  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    if (!node.escaped) {
      refuse(node, '{{{…}}} and {{&…}} put text in without escaping and are not allowed: write {{…}}');
    }
    super.MustacheStatement(node);
  }
  override PartialStatement(node: hbs.AST.PartialStatement): void {
    refuse(node, 'Partials {{> …}} are not known here: write their text into the template');
  }
  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    refuse(node, 'Partial blocks {{#> …}} are not known here: write their text into the template');
  }
  override Decorator(node: hbs.AST.Node): void {
    refuse(node, 'Decorators {{* …}} are not allowed');
  }
  override DecoratorBlock(node: hbs.AST.Node): void {
    refuse(node, 'Inline partials {{#* …}} are not allowed');
  }
}

function refuse(node: hbs.AST.Node, what: string): never {
  throw new Error(`${what} (line ${node.loc.start.line}).`);
}
