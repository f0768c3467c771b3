// The theme as it comes, with fonts of the reader's system and room for wide tables.
import DefaultTheme from "vitepress/theme-without-fonts";
// oxlint-disable-next-line import/no-unassigned-import
import "./style.css";

export default DefaultTheme;
