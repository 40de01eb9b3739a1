import { Label, Nav, NavItem, NavList, PageContext, PageSidebar, PageSidebarBody } from '@patternfly/react-core';
import { Link, useLocation } from '@tanstack/react-router';
import { useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { DataAge } from '../source/data-age.tsx';
import { useTrialOffer } from '../trials/queries.ts';
import { useMe, useVersion } from './queries.ts';
import { ScopeSelector } from './scope-selector.tsx';

export function ConsoleSidebar() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const { data: trials } = useTrialOffer();
  const { isSidebarOpen } = useContext(PageContext);
  const path = useLocation({ select: (location) => location.pathname });
  return (
    // Closed, it is only moved out of sight: `inert` keeps the keyboard out of it too.
    <PageSidebar inert={!isSidebarOpen}>
      <PageSidebarBody usePageInsets>
        <ScopeSelector />
      </PageSidebarBody>
      <PageSidebarBody isFilled>
        <Nav aria-label={t('shell.navigation')}>
          <NavList>
            <NavItem isActive={path.startsWith('/dashboard')}>
              <Link to="/dashboard">{t('nav.dashboard')}</Link>
            </NavItem>
            <NavItem isActive={path.startsWith('/vulnerabilities') || path.startsWith('/images')}>
              <Link to="/vulnerabilities">{t('nav.vulnerabilities')}</Link>
            </NavItem>
            <NavItem isActive={path.startsWith('/admission')}>
              <Link to="/admission">{t('nav.admission')}</Link>
            </NavItem>
            {trials != null && (
              <NavItem isActive={path === '/try'}>
                <Link to="/try" className="app-with-icon">
                  {t('trials.title')}
                  <Label isCompact variant="outline">
                    {t('shell.demo')}
                  </Label>
                </Link>
              </NavItem>
            )}
            {me?.is_sec_team === true && (
              <NavItem isActive={path === '/source'}>
                <Link to="/source">{t('sourcePage.title')}</Link>
              </NavItem>
            )}
          </NavList>
        </Nav>
      </PageSidebarBody>
      <PageSidebarBody isFilled={false} usePageInsets>
        <SidebarFooter />
      </PageSidebarBody>
    </PageSidebar>
  );
}

function SidebarFooter() {
  const { t } = useTranslation();
  const { data } = useVersion();
  return (
    <footer className="app-sidebar-footer app-small">
      <DataAge />
      <Link to="/source">{t('sourcePage.link')}</Link>
      {data !== undefined && <span className="app-subtle app-foreign">{`Pratique ${data.version}`}</span>}
    </footer>
  );
}
