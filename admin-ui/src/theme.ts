import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** A pine green, dark enough at 7 to carry white text, light enough at 4 to be read on the dark ground. */
const pine: MantineColorsTuple = [
  '#e9f6f4',
  '#d3ebe7',
  '#a5d6cf',
  '#74c0b6',
  '#4cada0',
  '#2f9a8c',
  '#1c8479',
  '#0f6e66',
  '#0b5952',
  '#06443f',
];

/** Neutral greys for the dark scheme, cooler than the library's own. */
const dark: MantineColorsTuple = [
  '#d3d6db',
  '#b3b8c0',
  '#8f96a1',
  '#626975',
  '#3a4049',
  '#2c3138',
  '#22262c',
  '#1a1d22',
  '#14171b',
  '#0e1013',
];

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  colors: { pine, dark },
  defaultRadius: 'sm',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  fontFamily: "'Inter', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true, fz: 'xs' } },
    Modal: { defaultProps: { centered: true, radius: 'md' }, styles: { title: { fontWeight: 600, lineHeight: 1.35 } } },
    // Help under the input: inputs side by side stay in line.
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    Popover: { defaultProps: { shadow: 'md', radius: 'md' } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
});
