import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { HelpButton } from '../help/help-button.tsx';
import { Logo } from './logo.tsx';
import { Person } from './person-switch.tsx';
import { LanguageMenu, ThemeMenu } from './preference-menus.tsx';

export function ConsoleMasthead() {
  const { t } = useTranslation();
  return (
    <Masthead className="app-masthead" display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label={t('shell.toggleSidebar')} />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" aria-label={t('shell.home')} />}>
            <Logo />
            <span className="app-product">Pratique</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: 'alignEnd' }} gap={{ default: 'gapNone', md: 'gapSm' }}>
              <ToolbarItem>
                <Person />
              </ToolbarItem>
              <ToolbarItem className="app-preferences">
                <LanguageMenu />
                <ThemeMenu />
              </ToolbarItem>
              <ToolbarItem>
                <HelpButton />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}
